import Datasets
import Foundation
import Images
import RecommendationCore
import TestSupport
import Testing

@testable import SyntheticWorld

@Suite struct GeneratedWorldTests {
  static let tiny = WorldConfiguration(seed: 9, items: 240, users: 120, imagePixels: 24)

  /// Made when the first test asks for it.
  private static let world = Task { await GeneratedWorld.make(tiny) }

  private func files(_ directory: URL) throws -> [String: Data] {
    var result: [String: Data] = [:]
    let names = try FileManager.default.subpathsOfDirectory(atPath: directory.path)
    for name in names {
      if let data = FileManager.default.contents(atPath: directory.path + "/" + name) {
        result[name] = data
      }
    }
    return result
  }

  @Test func equalSeedsMakeEqualFilesByteForByte() async throws {
    var contents: [[String: Data]] = []
    for seed: UInt64 in [9, 9, 10] {
      let folder = try TemporaryDirectory("world")
      var configuration = Self.tiny
      configuration.seed = seed
      var world = await GeneratedWorld.make(configuration)
      HoldoutSplit().apply(to: &world.dataset)
      try await world.write(to: folder.url.path, split: HoldoutSplit())
      contents.append(try files(folder.url))
    }
    #expect(contents[0].count > 240)
    #expect(contents[0] == contents[1])
    #expect(contents[0]["interactions.safetensors"] != contents[2]["interactions.safetensors"])
  }

  @Test func clicksFollowRelevanceAndPosition() async {
    let world = await GeneratedWorld.make(WorldConfiguration(seed: 2, items: 400, users: 600))
    let shown = world.dataset.impressions
    let clicks = world.dataset.interactions
    var clicked = Set<[Int32]>()
    for row in 0..<clicks.count where clicks.type(row) == .click {
      clicked.insert([clicks.users[row], clicks.items[row]])
    }
    var relevant = (clicks: 0.0, shown: 0.0)
    var irrelevant = (clicks: 0.0, shown: 0.0)
    var first = (clicks: 0.0, shown: 0.0)
    var last = (clicks: 0.0, shown: 0.0)
    for row in 0..<shown.count {
      let hit = clicked.contains([shown.users[row], shown.items[row]]) ? 1.0 : 0
      let truth = world.truth.relevance(
        user: Int(shown.users[row]), item: Int(shown.items[row]))
      if truth > 0.5 { relevant = (relevant.clicks + hit, relevant.shown + 1) }
      if truth < 0.1 { irrelevant = (irrelevant.clicks + hit, irrelevant.shown + 1) }
      if shown.values[row] == 1 { first = (first.clicks + hit, first.shown + 1) }
      if shown.values[row] == 16 { last = (last.clicks + hit, last.shown + 1) }
    }
    #expect(relevant.clicks / relevant.shown > 5 * irrelevant.clicks / irrelevant.shown)
    #expect(first.clicks / first.shown > 1.5 * last.clicks / last.shown)
  }

  @Test func nothingHappensToAnItemBeforeItsLaunch() async {
    let world = await Self.world.value
    let table = world.dataset.impressions
    let launched = (0..<table.count).allSatisfy { row in
      let item = world.dataset.items[Int(table.items[row])]
      return table.timesMilliseconds[row] >= item.availableFromMilliseconds ?? 0
    }
    #expect(launched)
    #expect(world.dataset.items.contains { $0.availableFromMilliseconds != nil })
    #expect(world.dataset.interactions.isInTimeOrder)
  }

  @Test func itemsReadLikeGoodsAndAreAllDifferent() async {
    let world = await Self.world.value
    #expect(Set(world.dataset.items.map(\.title)).count == 240)
    #expect(Set(world.dataset.items.map(\.id)).count == 240)
    #expect(world.dataset.items.allSatisfy { !$0.description.isEmpty && $0.categories.count == 2 })
    #expect(world.dataset.items.allSatisfy { ($0.price ?? 0) > 0 && ($0.year ?? 0) > 1990 })
  }

  @Test func picturesTellTastesApart() async {
    let painter = ItemPainter(pixels: 32)
    let warm = TasteVector(SIMD8(1, 0, 0, 0, 0, 0, 0, 0))
    let cold = TasteVector(SIMD8(-1, 0, 0, 0, 0, 0, 0, 0))
    #expect(painter.draw(warm, category: 0) != painter.draw(cold, category: 0))
    #expect(painter.draw(warm, category: 0) != painter.draw(warm, category: 1))
    #expect(painter.draw(warm, category: 0) == painter.draw(warm, category: 0))
  }

  @Test func theTruthSurvivesItsFile() async throws {
    let folder = try TemporaryDirectory("truth")
    let world = await Self.world.value
    try world.truth.write(to: folder.path("truth.safetensors"))
    let back = try TrueRelevance.read(folder.path("truth.safetensors"))
    for user in 0..<10 {
      #expect(
        back.relevance(user: user, item: user * 7)
          == world.truth.relevance(user: user, item: user * 7))
    }
  }
}
