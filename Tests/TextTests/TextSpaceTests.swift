import Foundation
import Artifacts
import RecommendationCore
import TestSupport
import Testing

@testable import Text

@Suite struct TextSpaceTests {
  private static let ships = ["sea", "ship", "storm", "sailor", "island", "whale"]
  private static let space = ["rocket", "star", "planet", "robot", "alien", "orbit"]

  private static func item(_ name: String, _ words: [String], _ category: String) -> Item {
    Item(
      externalID: name, title: words[0], description: words.joined(separator: " "),
      categories: [category])
  }

  private static func items() -> [Item] {
    var random = SeededGenerator(seed: 4)
    return (0..<40).map { index in
      let words = index % 2 == 0 ? ships : space
      return item(
        "i\(index)", Array(words.shuffled(using: &random).prefix(3)),
        index % 2 == 0 ? "sea" : "space")
    }
  }

  private func cosine(_ one: [Float], _ other: [Float]) -> Float {
    zip(one, other).reduce(0) { $0 + $1.0 * $1.1 }
  }

  @Test func anItemThatIsNewLiesAmongThoseOfItsWords() throws {
    let space = try #require(TextSpace.fit(Self.items(), dimensions: 8))
    let new = space.vector(of: Self.item("new", ["whale", "storm", "unheard"], "sea"))
    let vectors = Self.items().map { space.vector(of: $0) }
    let near = vectors.indices.sorted { cosine(new, vectors[$0]) > cosine(new, vectors[$1]) }
    #expect(near.prefix(10).allSatisfy { $0 % 2 == 0 })
    #expect(abs(cosine(new, new) - 1) < 1e-5)
    #expect(
      space.vector(of: Item(externalID: "x", title: "unheard")).allSatisfy { $0 == 0 })
  }

  @Test func aProfileLeansToTheNewestLikes() throws {
    let space = try #require(TextSpace.fit(Self.items(), dimensions: 8, historyHalfLife: 1))
    let items = Self.items()
    let vectors = Dictionary(uniqueKeysWithValues: items.map { ($0.id, space.vector(of: $0)) })
    func profile(_ order: [Int], weight: Float = 1) -> [Float]? {
      var missing: [ItemID] = []
      let history = History(
        items: order.map { items[$0].id } + [ItemID(rawValue: 5)],
        weights: order.map { _ in weight } + [1], timesMilliseconds: order.map { _ in 0 } + [0])
      let made = space.profile(history, missing: &missing) {
        vectors[history.items[$0]].map { $0[...] }
      }
      #expect(missing == [ItemID(rawValue: 5)])
      return made
    }
    let seaFirst = try #require(profile([0, 2, 1, 3]))
    let spaceFirst = try #require(profile([1, 3, 0, 2]))
    let sea = try #require(vectors[items[4].id])
    #expect(cosine(seaFirst, sea) > cosine(spaceFirst, sea))
    #expect(profile([0, 1], weight: -1) == nil)
  }

  @Test func aSpaceComesBackFromItsBundle() throws {
    let folder = try TemporaryDirectory("text")
    let registry = ModelRegistry(root: folder.url.path)
    let space = try #require(TextSpace.fit(Self.items(), dimensions: 8))
    let manifest = try space.publish(to: registry)
    let loaded = try TextSpace(
      bundle: registry.open(kind: TextSpace.kind, version: manifest.version))
    for item in Self.items() { #expect(loaded.vector(of: item) == space.vector(of: item)) }
    #expect(loaded.historyHalfLife == space.historyHalfLife)
  }

  @Test func itemsWithoutCommonWordsMakeNoSpace() {
    #expect(TextSpace.fit([]) == nil)
    #expect(TextSpace.fit([Item(externalID: "a", title: "one word")]) == nil)
  }
}
