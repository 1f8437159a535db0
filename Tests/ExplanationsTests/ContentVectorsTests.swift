import Catalogue
import RecommendationCore
import Testing
import Text

@testable import Explanations

@Suite struct ContentVectorsTests {
  private static func values(_ vectors: ContentVectors, _ item: ItemID) -> [Float]? {
    vectors.withVector(of: item) { Array($0) }
  }

  @Test func everyStateOfTheCatalogueHasItsOwnVectors() throws {
    var fixture = try ExplanationFixture(seed: 3, count: 300)
    let live = LiveCatalogue(fixture.catalogue)
    var vectors = ContentVectors(fixture.space, catalogue: live.snapshot)
    for step in 0..<40 {
      let before = (state: vectors, catalogue: vectors.catalogue)
      var upserts: [Item] = []
      for _ in 0..<Int.random(in: 0...4, using: &fixture.generator) {
        upserts.append(
          Item(
            externalID: "item-\(Int.random(in: 0..<700, using: &fixture.generator))", title: "New",
            description: ExplanationFixture.words.shuffled(using: &fixture.generator).prefix(3)
              .joined(separator: " ")))
      }
      let deletes = (0..<3).map { _ in
        ItemID(external: "item-\(Int.random(in: 0..<700, using: &fixture.generator))")
      }
      if step % 10 == 9 {
        var all: [Item] = []
        live.snapshot.forEach { _, item in all.append(item) }
        try live.replace(
          with: all.shuffled(using: &fixture.generator), sequence: UInt64(step + 2))
      } else {
        try live.apply(upserts: upserts, deletes: deletes, sequence: UInt64(step + 2))
      }
      vectors = vectors.following(live.snapshot)
      for (state, catalogue) in [before, (vectors, live.snapshot)] {
        var isRight = true
        catalogue.forEach { _, item in
          isRight = isRight && Self.values(state, item.id) == fixture.space.vector(of: item)
        }
        #expect(isRight, "step \(step)")
      }
      for id in deletes where !live.snapshot.contains(id) {
        #expect(Self.values(vectors, id) == nil)
      }
    }
  }

  @Test func theNewestOfEqualsIsNamedAndNeverTheItemItself() throws {
    let live = LiveCatalogue()
    let texts = [
      "whale ship", "whale ship", "whale ship", "rocket orbit", "rocket orbit", "rocket orbit",
      "horse",
    ]
    let items = texts.enumerated().map {
      Item(externalID: "i\($0)", title: $0 == 1 ? "" : "T\($0)", description: $1)
    }
    try live.apply(upserts: items, deletes: [], sequence: 1)
    let space = try #require(TextSpace.fit(items, dimensions: 4))
    let vectors = ContentVectors(space, catalogue: live.snapshot)
    var cosines: [Float] = []
    func nearest(_ item: Int, _ history: [(Int, Float)]) -> ItemNumbers.ContentNeighbour? {
      NeighbourFinder(
        History(
          items: history.map { items[$0.0].id }, weights: history.map(\.1),
          timesMilliseconds: history.map { _ in 0 }), vectors: vectors, catalogue: live.snapshot
      ).nearest(to: items[item].id, cosines: &cosines)
    }
    // The item itself, one without a title, and one from elsewhere are passed over.
    let found = try #require(nearest(0, [(0, 1), (1, 1), (3, 1), (2, 1.5)]))
    #expect(found.title == "T2" && found.act == .bought)
    #expect(found.cosine > 0.99 && found.cosine <= 1)
    #expect(nearest(0, [(3, 1), (4, 1)]) == nil)
    #expect(nearest(0, []) == nil)
    // What was seen counts only of a user who has liked nothing.
    #expect(nearest(0, [(2, 0.5)])?.act == .consumed)
    #expect(nearest(0, [(2, 0.5), (3, 1)]) == nil)
    #expect(nearest(0, [(2, -1)]) == nil)
  }

  @Test func onlyTheLatestLikesAreComparedWith() throws {
    let fixture = try ExplanationFixture(seed: 5, count: 120)
    let vectors = ContentVectors(fixture.space, catalogue: fixture.catalogue)
    let item = fixture.items[0]
    let near = Array(
      fixture.items.dropFirst().sorted { fixture.cosine($0, item) < fixture.cosine($1, item) })
    // The nearest is the oldest: beyond the entries that are looked at.
    let history = History(
      items: near, weights: near.map { _ in 1 }, timesMilliseconds: near.map { _ in 0 })
    var cosines: [Float] = []
    let found = NeighbourFinder(history, vectors: vectors, catalogue: fixture.catalogue)
      .nearest(to: item, cosines: &cosines)
    let expected = near.prefix(NeighbourFinder.mostEntries).last
    #expect(found?.item != near.last)
    if let expected, fixture.cosine(expected, item) >= 0.3 {
      #expect(abs((found?.cosine ?? 0) - fixture.cosine(expected, item)) < 1e-5)
    } else {
      #expect(found == nil)
    }
  }
}
