import Artifacts
import Foundation
import LinearAlgebra
import Models
import RecommendationCore
import TestSupport
import Testing

@Suite struct ALSModelTests {
  private let configuration = ALSConfiguration(
    factors: 8, epochs: 6, unobservedWeight: 0.2, regularization: 0.01, historyHalfLife: 0, seed: 3)
  private var fading: ALSConfiguration {
    var fading = configuration
    fading.historyHalfLife = 3
    return fading
  }

  @Test func aFoldedInVectorSolvesTheWrittenOutSystem() throws {
    let interactions = try twoTastes()
    let model = try ALSModel.fit(interactions, configuration: configuration)
    let all = (0..<model.itemFactors.rows).map { Array(model.itemFactors.row($0)) }
    for user in [0, 7, 31] {
      let past = history(interactions, user: user)
      let entries = try zip(past.items, past.weights).map { item, weight in
        (vector: all[try #require(model.items.row(of: item))], weight: weight)
      }
      let expected = naiveSolution(entries, all: all, configuration: configuration)
      let actual = try model.foldIn(past)
      #expect(actual.known == Array(0..<past.count))
      for (left, right) in zip(actual.values, expected) {
        #expect(abs(Double(left) - right) < 1e-4)
      }
    }
  }

  @Test func oneEpochEqualsTheWrittenOutEpoch() throws {
    let interactions = try twoTastes(users: 12, items: 9)
    var first = configuration
    first.epochs = 0
    let start = try ALSModel.fit(interactions, configuration: first)
    first.epochs = 1
    let fitted = try ALSModel.fit(interactions, configuration: first)
    func solved(_ rows: SparseRows, _ fixed: [[Float]]) -> [[Float]] {
      (0..<rows.rowCount).map { row in
        let entries = rows.range(row).map {
          (vector: fixed[Int(rows.columns[$0])], weight: rows.values[$0])
        }
        return naiveSolution(entries, all: fixed, configuration: first).map { Float($0) }
      }
    }
    let items = (0..<start.itemFactors.rows).map { Array(start.itemFactors.row($0)) }
    let expected = solved(interactions.byItem, solved(interactions.byUser, items))
    for row in expected.indices {
      for (left, right) in zip(fitted.itemFactors.row(row), expected[row]) {
        #expect(abs(left - right) < 1e-3 * max(1, abs(right)))
      }
    }
  }

  @Test func theLossFallsWithEachEpoch() throws {
    var reporting = configuration
    reporting.reportsLoss = true
    var losses: [Double] = []
    _ = try ALSModel.fit(try twoTastes(), configuration: reporting) { progress in
      losses.append(progress.loss ?? .nan)
      #expect(progress.epoch == losses.count)
      return true
    }
    #expect(losses.count == 6)
    for (earlier, later) in zip(losses, losses.dropFirst()) { #expect(later < earlier * 1.0001) }
  }

  @Test func theModelDoesNotDependOnTheNumberOfThreads() throws {
    let interactions = try twoTastes(users: 200, items: 80)
    let models = try [1, 2, 5].map { threads in
      var settings = configuration
      settings.threads = threads
      return try ALSModel.fit(interactions, configuration: settings).itemFactors
    }
    #expect(models[0] == models[1])
    #expect(models[0] == models[2])
    var other = configuration
    other.seed = 4
    #expect(try ALSModel.fit(interactions, configuration: other).itemFactors != models[0])
  }

  @Test func usersAreRecommendedTheirOwnTaste() throws {
    let interactions = try twoTastes()
    let model = try ALSModel.fit(interactions, configuration: configuration)
    for user in 0..<10 {
      let past = history(interactions, user: user)
      let scores = model.scores(try model.foldIn(past))
      let best = scores.indices.filter { !past.items.contains(model.itemIDs[$0]) }
        .sorted { scores[$0] > scores[$1] }.prefix(5)
      let owned = best.filter { model.itemIDs[$0].rawValue % 2 == UInt64(user + 1) % 2 }
      #expect(owned.count >= 4)
    }
  }

  @Test func contributionsOfPastItemsAddUpToTheScore() throws {
    let interactions = try twoTastes()
    let model = try ALSModel.fit(interactions, configuration: configuration)
    for user in 0..<20 {
      let past = history(interactions, user: user)
      let folded = try model.foldIn(past)
      let explanations = try model.contributions(past, items: model.itemIDs)
      #expect(explanations.count == model.items.count)
      for explanation in explanations {
        let score = try #require(model.score(folded, item: explanation.item))
        let sum = explanation.contributions.reduce(0.0) { $0 + Double($1.value) }
        #expect(abs(sum - Double(score)) < 1e-4)
        #expect(abs(explanation.score - score) < 1e-4)
        #expect(Set(explanation.contributions.map(\.item)) == Set(past.items))
        let values = explanation.contributions.map(\.value)
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 })
      }
    }
  }

  @Test func olderEntriesCountLessAndContributionsStillAddUp() throws {
    let interactions = try twoTastes()
    let model = try ALSModel.fit(interactions, configuration: fading)
    let all = (0..<model.itemFactors.rows).map { Array(model.itemFactors.row($0)) }
    let past = history(interactions, user: 4)
    let entries = try past.items.indices.map { index in
      let weight = past.weights[index] * Float(exp2(-Double(index) / 3))
      return (vector: all[try #require(model.items.row(of: past.items[index]))], weight: weight)
    }
    let folded = try model.foldIn(past)
    let expected = naiveSolution(entries, all: all, configuration: fading)
    for (left, right) in zip(folded.values, expected) { #expect(abs(Double(left) - right) < 1e-4) }
    for explanation in try model.contributions(past, items: model.itemIDs) {
      let score = try #require(model.score(folded, item: explanation.item))
      #expect(abs(explanation.contributions.reduce(0) { $0 + $1.value } - score) < 1e-4)
    }
    // The same entry again and again: those too old to count are left out.
    let long = History(
      items: (0..<200).map { model.itemIDs[$0 % 2] }, weights: [Float](repeating: 1, count: 200),
      timesMilliseconds: [Int64](repeating: 0, count: 200))
    #expect(try model.foldIn(long).known == Array(0..<30))
  }

  @Test func unknownItemsAndDislikesDoNotCount() throws {
    let interactions = try twoTastes()
    let model = try ALSModel.fit(interactions, configuration: configuration)
    let stranger = ItemID(rawValue: 999_999)
    let (first, second, third) = (model.itemIDs[0], model.itemIDs[1], model.itemIDs[2])
    let past = History(
      items: [first, stranger, second, third], weights: [1, 1, -1, .nan],
      timesMilliseconds: [4, 3, 2, 1])
    let folded = try model.foldIn(past)
    #expect(folded.known == [0])
    #expect(folded.missing == [stranger])
    let alone = History(items: [first], weights: [1], timesMilliseconds: [4])
    #expect(folded.values == (try model.foldIn(alone).values))
    #expect(model.score(folded, item: stranger) == nil)
    let explanations = try model.contributions(past, items: [stranger, second])
    #expect(explanations.map(\.item) == [second])
    #expect(explanations.first?.contributions.map(\.item) == [first])
  }

  @Test func anEmptyHistoryGivesZeros() throws {
    let model = try ALSModel.fit(try twoTastes(), configuration: configuration)
    let folded = try model.foldIn(History())
    #expect(folded.known.isEmpty)
    #expect(folded.values.allSatisfy { $0 == 0 })
    #expect(try model.contributions(History(), items: model.itemIDs).allSatisfy { $0.score == 0 })
  }

  @Test func similarItemsShareTheTaste() throws {
    let model = try ALSModel.fit(try twoTastes(), configuration: configuration)
    let item = model.itemIDs[4]
    let neighbours = model.similarItems(to: item, count: 6)
    #expect(neighbours.count == 6)
    #expect(!neighbours.contains { $0.item == item })
    #expect(neighbours.allSatisfy { $0.item.rawValue % 2 == item.rawValue % 2 })
    #expect(zip(neighbours, neighbours.dropFirst()).allSatisfy { $0.cosine >= $1.cosine })
    #expect(model.similarItems(to: ItemID(rawValue: 12345), count: 3).isEmpty)
  }

  @Test func longHistoriesAreGatheredInPieces() throws {
    // More entries than the solver gathers at once.
    var columns = (users: [UserID](), items: [ItemID](), weights: [Float]())
    for item in 0..<1300 {
      for user in 0..<3 where (item + user) % 3 != 0 {
        columns.users.append(UserID(rawValue: UInt64(user + 1)))
        columns.items.append(ItemID(rawValue: UInt64(item + 1)))
        columns.weights.append(1)
      }
    }
    let interactions = try Interactions(
      users: columns.users, items: columns.items, weights: columns.weights)
    var small = configuration
    small.factors = 3
    let model = try ALSModel.fit(interactions, configuration: small)
    let all = (0..<model.itemFactors.rows).map { Array(model.itemFactors.row($0)) }
    let past = history(interactions, user: 0)
    let entries = try past.items.map {
      (vector: all[try #require(model.items.row(of: $0))], weight: Float(1))
    }
    #expect(past.count > 512)
    let expected = naiveSolution(entries, all: all, configuration: small)
    for (left, right) in zip(try model.foldIn(past).values, expected) {
      #expect(abs(Double(left) - right) < 1e-3)
    }
  }

  @Test func settingsOutOfRangeAreRefused() throws {
    let interactions = try twoTastes()
    for change: (inout ALSConfiguration) -> Void in [
      { $0.factors = 0 }, { $0.regularization = 0 }, { $0.unobservedWeight = -1 },
      { $0.regularizationExponent = .nan }, { $0.threads = 0 }, { $0.historyHalfLife = -1 },
    ] {
      var settings = configuration
      change(&settings)
      #expect(throws: ModelError.self) {
        try ALSModel.fit(interactions, configuration: settings)
      }
    }
    let none = try Interactions(users: [], items: [], weights: [])
    #expect(throws: ModelError.self) { try ALSModel.fit(none, configuration: configuration) }
  }

  @Test func aModelIsTheSameAfterSavingAndLoading() throws {
    let folder = try TemporaryDirectory("als")
    let registry = ModelRegistry(root: folder.path("models"))
    let interactions = try twoTastes()
    let model = try ALSModel.fit(interactions, configuration: configuration)
    let manifest = try model.publish(
      to: registry, dataFingerprint: "abc", metrics: ["ndcg@10": 0.1])
    #expect(manifest.kind == "als")
    let loaded = try ALSModel(bundle: registry.open(kind: "als", version: manifest.version))
    #expect(loaded.itemIDs == model.itemIDs)
    #expect(loaded.itemFactors == model.itemFactors)
    #expect(loaded.configuration == model.configuration)
    let past = history(interactions, user: 1)
    #expect(try loaded.foldIn(past) == model.foldIn(past))
  }

  @Test func bundlesThatDoNotHoldAModelAreRefused() throws {
    let folder = try TemporaryDirectory("als")
    let registry = ModelRegistry(root: folder.path("models"))
    let good = configuration.parameters
    func load(_ tensors: [String: TensorData], _ parameters: [String: String]) throws {
      let manifest = try registry.publish(
        kind: "als", description: BundleDescription(name: "bad", parameters: parameters)
      ) { url in
        try SafetensorsFile.write(
          tensors, to: url.appendingPathComponent("model.safetensors").path)
      }
      _ = try ALSModel(bundle: registry.open(kind: "als", version: manifest.version))
    }
    let keys = TensorData([1, 2] as [UInt64])
    let gram = try TensorData([Float](repeating: 0, count: 64), shape: [8, 8])
    let factors = try TensorData([Float](repeating: 1, count: 16), shape: [2, 8])
    let broken = try TensorData([Float](repeating: .nan, count: 16), shape: [2, 8])
    try load(["item_keys": keys, "item_factors": factors, "gram": gram], good)
    for (tensors, parameters) in [
      (["item_keys": keys, "item_factors": factors], good),
      (["item_keys": keys, "item_factors": broken, "gram": gram], good),
      (["item_keys": keys, "item_factors": gram, "gram": gram], good),
      (
        ["item_keys": TensorData([2, 1] as [UInt64]), "item_factors": factors, "gram": gram], good
      ),
      (
        ["item_keys": TensorData([2, 2] as [UInt64]), "item_factors": factors, "gram": gram], good
      ),
      (["item_keys": keys, "item_factors": factors, "gram": gram], [:]),
      (["item_keys": keys, "item_factors": factors, "gram": gram], ["factors": "x"]),
    ] as [([String: TensorData], [String: String])] {
      #expect(throws: (any Error).self) { try load(tensors, parameters) }
    }
  }
}
