import Artifacts
import Models
import RecommendationCore
import TestSupport
import Testing

@Suite struct BaselineModelTests {
  private let items = [3, 1, 2, 1, 3].map { ItemID(rawValue: $0) }

  @Test func popularityIsTheSumOfPositiveWeights() throws {
    let model = try PopularityModel.fit(items: items, weights: [1, 0.5, -1, 0.25, 1])
    #expect(model.scores.items.ids.map(\.rawValue) == [1, 3])
    #expect(model.scores.scores == [0.75, 2])
    #expect(model.scores.ranking == [1, 0])
    #expect(model.scores.score(of: ItemID(rawValue: 2)) == nil)
  }

  @Test func trendingHalvesWithEachHalfLife() throws {
    let model = try TrendingModel.fit(
      items: items, weights: [1, 1, 1, 1, 1], timesMilliseconds: [1000, 0, 2000, 1000, 3000],
      halfLife: .seconds(1), at: 2000)
    // Item 3 was liked after the moment, too: that is not known then.
    #expect(model.scores.items.ids.map(\.rawValue) == [1, 2, 3])
    #expect(model.scores.scores == [0.75, 1, 0.5])
    #expect(model.scores.ranking == [1, 0, 2])
  }

  @Test func tiesAreOrderedByItem() throws {
    let model = try PopularityModel.fit(
      items: [7, 5, 6].map { ItemID(rawValue: $0) }, weights: [1, 1, 1])
    #expect(model.scores.ranking.map { model.scores.items.ids[Int($0)].rawValue } == [5, 6, 7])
  }

  @Test func bundlesBringBackTheScores() throws {
    let folder = try TemporaryDirectory("baselines")
    let registry = ModelRegistry(root: folder.path("models"))
    let trending = try TrendingModel.fit(
      items: items, weights: [1, 1, 1, 1, 1], timesMilliseconds: [1, 2, 3, 4, 5],
      halfLife: .seconds(86_400), at: 9)
    let manifest = try trending.publish(to: registry)
    let loaded = try TrendingModel(bundle: registry.open(kind: "trending", version: "v1"))
    #expect(manifest.version == "v1")
    #expect(loaded.scores.scores == trending.scores.scores)
    #expect(loaded.scores.ranking == trending.scores.ranking)
    #expect(loaded.halfLife == .seconds(86_400))
    #expect(loaded.timeMilliseconds == 9)
    let popularity = try PopularityModel.fit(items: items, weights: [1, 1, 1, 1, 1])
    _ = try popularity.publish(to: registry)
    let bundle = try registry.open(kind: "popularity", version: "v1")
    #expect(try PopularityModel(bundle: bundle).scores.scores == popularity.scores.scores)
    // A popularity bundle has no half-life.
    #expect(throws: ModelError.self) { try TrendingModel(bundle: bundle) }
  }

  @Test func aHalfLifeOfNothingIsRefused() {
    #expect(throws: ModelError.self) {
      try TrendingModel.fit(
        items: [], weights: [], timesMilliseconds: [], halfLife: .zero, at: 0)
    }
  }

  @Test func randomScoresAreFixedByTheSeedAndEven() {
    let model = RandomModel(seed: 4)
    let scores = (1...4000).map {
      model.score(user: UserID(rawValue: 1), item: ItemID(rawValue: $0))
    }
    #expect(scores.allSatisfy { (0..<1).contains($0) })
    #expect(abs(scores.reduce(0, +) / 4000 - 0.5) < 0.03)
    #expect(model.score(user: UserID(rawValue: 1), item: ItemID(rawValue: 1)) == scores[0])
    #expect(
      RandomModel(seed: 5).score(user: UserID(rawValue: 1), item: ItemID(rawValue: 1)) != scores[0])
  }
}
