import Artifacts
import Catalogue
import Logging
import RecommendationCore
import TestSupport
import Testing
import Text
import VectorSearch

@testable import CandidateGenerationService

/// The content index while the catalogue changes under it.
@Suite struct ContentIndexTests {
  private static let words = [
    "whale", "ship", "storm", "island", "rocket", "orbit", "robot", "planet", "horse", "desert",
    "sheriff", "saloon", "castle", "dragon", "sword", "wizard",
  ]

  private static func item(_ number: Int, _ random: inout SeededGenerator) -> Item {
    Item(
      externalID: "item-\(number)", title: "Item",
      description: words.shuffled(using: &random).prefix(5).joined(separator: " "),
      categories: [["sea", "space", "west", "magic"][number % 4]],
      price: Double(Int.random(in: 1...9, using: &random)))
  }

  private static func world(
    _ count: Int, seed: UInt64 = 3
  ) throws -> (LiveCatalogue, TextSpace, SeededGenerator) {
    var random = SeededGenerator(seed: seed)
    let items = (0..<count).map { item($0, &random) }
    let live = LiveCatalogue()
    try live.apply(upserts: items, deletes: [], sequence: 1)
    return (live, try #require(TextSpace.fit(items, dimensions: 8)), random)
  }

  private static func query(
    _ catalogue: CatalogueSnapshot, _ filter: ItemFilter = ItemFilter(), excluded: [ItemID] = []
  ) -> CandidateQuery {
    CandidateQuery(
      user: UserID(rawValue: 1), history: History(), filter: filter, excluded: excluded,
      timeMilliseconds: 1_000, catalogue: catalogue)
  }

  /// All that a search finds, by item.
  private static func found(
    _ index: ContentIndex, _ vector: [Float], _ query: CandidateQuery
  ) throws -> [ItemID: Float] {
    let list = try index.nearest(vector, count: 10_000, filter: index.allowed(query))
    return Dictionary(uniqueKeysWithValues: zip(list.items, list.scores))
  }

  private static func areEqual(_ one: [ItemID: Float], _ other: [ItemID: Float]) -> Bool {
    one.count == other.count
      && one.allSatisfy { item, score in other[item].map { abs($0 - score) < 1e-5 } ?? false }
  }

  @Test func anyChangesGiveWhatAnIndexMadeAnewGives() throws {
    var (live, space, random) = try Self.world(200)
    var index = try ContentIndex(
      space, version: "v1", catalogue: live.snapshot,
      configuration: .init(kind: .exact, rebuildMinimum: 1_000_000))
    let probe = space.vector(of: Self.item(0, &random))
    for step in 0..<60 {
      let upserts = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        var item = Self.item(Int.random(in: 0..<400, using: &random), &random)
        // Some are described by nothing that the space knows.
        if Int.random(in: 0..<6, using: &random) == 0 {
          item.title = ""
          item.description = "unheard"
          item.categories = ["unknown"]
        }
        return item
      }
      let deletes = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        ItemID(external: "item-\(Int.random(in: 0..<400, using: &random))")
      }
      let sequence = UInt64(step + 2)
      if step % 20 == 7 {
        // The whole catalogue once more, in other rows.
        var all: [Item] = []
        live.snapshot.forEach { _, item in all.append(item) }
        try live.replace(with: all.shuffled(using: &random), sequence: sequence)
      } else {
        try live.apply(upserts: upserts, deletes: deletes, sequence: sequence)
      }
      if step % 3 == 2 { continue }
      index = try index.following(live.snapshot)
      let anew = try ContentIndex(space, version: "v1", catalogue: live.snapshot)
      #expect(index.count == anew.count)
      for filter in [ItemFilter(), ItemFilter(anyCategories: ["sea", "west"])] {
        let query = Self.query(
          live.snapshot, filter, excluded: [ItemID(external: "item-\(step)")])
        let isRight = Self.areEqual(
          try Self.found(index, probe, query), try Self.found(anew, probe, query))
        #expect(isRight, "step \(step)")
      }
    }
  }

  @Test func rebuildsInTheBackgroundLoseNothing() async throws {
    var (live, space, random) = try Self.world(100)
    let (rebuilds, rebuilt) = AsyncStream<Int>.makeStream()
    var index = try ContentIndex(
      space, version: "v1", catalogue: live.snapshot,
      configuration: .init(kind: .exact, rebuildMinimum: 20, rebuildShare: 0)
    ) { rebuilt.yield($0.count) }
    for sequence in 2..<40 as Range<UInt64> {
      let items = (0..<4).map { _ in
        Self.item(Int.random(in: 0..<300, using: &random), &random)
      }
      try live.apply(upserts: items, deletes: [], sequence: sequence)
      index = try index.following(live.snapshot)
    }
    // One has ended, at least; more may be under way.
    for await _ in rebuilds { break }
    index = try index.following(live.snapshot)
    #expect(index.vectors.generation > 0)
    let anew = try ContentIndex(space, version: "v1", catalogue: live.snapshot)
    let probe = space.vector(of: Self.item(0, &random))
    let query = Self.query(live.snapshot)
    let isRight = Self.areEqual(
      try Self.found(index, probe, query), try Self.found(anew, probe, query))
    #expect(isRight)
  }

  @Test func aCatalogueThatIsAheadShowsNothingThatIsGoneOrAnother() throws {
    var (live, space, random) = try Self.world(50)
    let index = try ContentIndex(space, version: "v1", catalogue: live.snapshot)
    let probe = space.vector(of: Self.item(0, &random))
    let gone = ItemID(external: "item-7")
    try live.apply(upserts: [], deletes: [gone], sequence: 2)
    let row = try #require(index.catalogue.row(of: gone))
    // Another item comes into the row, which the index has not taken in yet.
    try live.apply(upserts: [Self.item(900, &random)], deletes: [], sequence: 3)
    #expect(live.snapshot.id(atRow: row) == ItemID(external: "item-900"))
    let found = try Self.found(index, probe, Self.query(live.snapshot))
    #expect(found.count == 49)
    #expect(found[gone] == nil && found[ItemID(external: "item-900")] == nil)
  }

  @Test func aChangeThatTheTextDoesNotShowChangesNothing() throws {
    var (live, space, random) = try Self.world(50)
    let index = try ContentIndex(space, version: "v1", catalogue: live.snapshot)
    var item = try #require(live.snapshot.item(ItemID(external: "item-3")))
    item.price = 99
    try live.apply(upserts: [item], deletes: [], sequence: 2)
    let next = try index.following(live.snapshot)
    #expect(next.vectors.version == index.vectors.version)
    item.description = Self.item(3, &random).description + " dragon dragon"
    try live.apply(upserts: [item], deletes: [], sequence: 3)
    let changed = try next.following(live.snapshot)
    #expect(changed.vectors.version == next.vectors.version + 1)
    #expect(changed.count == 50)
    #expect(changed.cosine(space.vector(of: item), item.id) > 0.999)
  }

  @Test func malformedTextsAreLeftOutAndTheRestServesOn() throws {
    let (live, space, _) = try Self.world(50)
    let index = try ContentIndex(space, version: "v1", catalogue: live.snapshot)
    let texts = [
      "", "\0\0\0", "\u{FFFD}\u{FFFE}", "\u{301}\u{301}", "🐋🐋",
      String(repeating: "'", count: 5_000),
      String(repeating: "x", count: 100_000), String(repeating: "whale ", count: 20_000),
    ]
    let items = texts.enumerated().map {
      Item(externalID: "odd-\($0)", title: $1, description: $1, categories: [$1])
    }
    try live.apply(upserts: items, deletes: [], sequence: 2)
    let next = try index.following(live.snapshot)
    // The whale is a word, however often.
    #expect(next.count == 51)
    #expect(next.contains(ItemID(external: "odd-7")))
    let probe = space.vector(of: items[7])
    let found = try Self.found(next, probe, Self.query(live.snapshot))
    #expect(found.count == 51 && found.values.allSatisfy { (-1...1).contains($0) })
  }

  @Test func anotherSpaceIsMadeAsideWhileTheOneBeforeFollowsOn() async throws {
    var (live, space, random) = try Self.world(120)
    let log = LogStream()
    let states = ContentStates(logger: Logger(label: "test") { _ in log })
    try states.follow(live.snapshot, space, version: "v1")
    #expect(states.current?.version == "v1")
    var items: [Item] = []
    live.snapshot.forEach { _, item in items.append(item) }
    let other = try #require(TextSpace.fit(items, dimensions: 6))
    try states.follow(live.snapshot, other, version: "v2")
    let late = Self.item(500, &random)
    try live.apply(upserts: [late], deletes: [], sequence: 2)
    try states.follow(live.snapshot, other, version: "v2")
    #expect(states.current?.contains(late.id) == true)
    await log.wait(for: "content index made")
    let made = try #require(states.current)
    #expect(made.version == "v2" && made.space.dimensions == 6)
    #expect(made.contains(late.id) && made.count == 121)
    // And back.
    try states.follow(live.snapshot, space, version: "v1")
    await log.wait(for: "content index made")
    #expect(states.current?.version == "v1" && states.current?.contains(late.id) == true)
  }
}
