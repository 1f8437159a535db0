import LinearAlgebra
import Models
import RecommendationCore
import Testing

@testable import Recommenders

@Suite struct ContrastiveRecommenderTests {
  private static let kinds: [any Recommender.Type] = [
    BPRRecommender.self, WARPRecommender.self, CCLRecommender.self, SoftmaxMFRecommender.self,
    LightGCNRecommender.self, Item2VecRecommender.self,
  ]

  private func fit(
    _ kind: any Recommender.Type, _ feedback: Feedback, seed: UInt64 = 1, threads: Int = 2,
    context: FitContext? = nil
  ) throws -> any FittedRecommender {
    // Few items stand in for all: the drawn ones must not outweigh the taken one by far.
    let own = kind.name == "ccl" ? ["weight": "2"] : [:]
    let values = try SettingValues(
      kind.settings, shape: feedback.shape,
      replacing: own.merging([
        "factors": "2", "epochs": "25", "batch": "64", "negatives": "32", "rate": "0.02",
      ]) { $1 })
    return try kind.init(values).fit(
      feedback, context: context ?? FitContext(seed: seed, threads: threads))
  }

  private func scores(
    _ model: any FittedRecommender, _ feedback: Feedback, areLearned: Bool = true
  ) throws -> [Float] {
    let count = feedback.userCount * feedback.itemCount
    var scores = [Float](repeating: .nan, count: count)
    try scores.withUnsafeMutableBufferPointer {
      try model.score(
        0..<feedback.userCount, AskedHistories(feedback.histories, areLearned: areLearned),
        into: $0)
    }
    return scores
  }

  /// How often an item of the own taste that was not taken is above one of the other taste.
  private func rightOrder(_ scores: [Float], _ feedback: Feedback) -> Double {
    var (right, all) = (0, 0)
    for user in 0..<(feedback.userCount - 1) {
      let taken = Set(feedback.byUser.columns(ofRow: user).map(Int.init))
      let row = scores[(user * feedback.itemCount)..<((user + 1) * feedback.itemCount)]
        .map(\.self)
      for own in 0..<feedback.itemCount where own % 2 == user % 2 && !taken.contains(own) {
        for other in 0..<feedback.itemCount where other % 2 != user % 2 {
          all += 1
          if row[own] > row[other] { right += 1 }
        }
      }
    }
    return Double(right) / Double(all)
  }

  @Test(arguments: kinds.indices) func learnsTheTaste(index: Int) throws {
    let feedback = try ALSRecommenderTests.twoTastes()
    let model = try fit(Self.kinds[index], feedback)
    #expect(rightOrder(try scores(model, feedback), feedback) > 0.9)
    // From the histories alone nearly as well.
    let anew = try scores(model, feedback, areLearned: false)
    #expect(rightOrder(anew, feedback) > 0.85)
    // Who took nothing gets what most took.
    let counts = (0..<40).map { Float(feedback.byItem.range($0).count) }
    #expect(Array(anew[(60 * 40)...]) == counts)
  }

  @Test(arguments: kinds.indices) func isTheSameOnAnyNumberOfThreads(index: Int) throws {
    let feedback = try ALSRecommenderTests.twoTastes()
    let one = try scores(fit(Self.kinds[index], feedback, threads: 1), feedback)
    #expect(try scores(fit(Self.kinds[index], feedback, threads: 3), feedback) == one)
    #expect(try scores(fit(Self.kinds[index], feedback, seed: 2), feedback) != one)
  }

  @Test func stopsWhereTheValidationFalls() throws {
    let feedback = try ALSRecommenderTests.twoTastes()
    let passes = PassCounter()
    let context = FitContext(
      threads: 1,
      validate: { _ in
        let pass = passes.next()
        return pass <= 5 ? Double(pass) : 0
      }, patience: 3)
    let model = try fit(SoftmaxMFRecommender.self, feedback, context: context)
    #expect(passes.count == 8)
    #expect(model.found["epochs"] == .integer(5))
  }

  /// Against products with the dense normalised adjacency.
  @Test func propagationIsTheMeanOfTheLayers() throws {
    let feedback = try Feedback(
      histories: Histories([[0, 1], [1], [0, 1, 2], []], isOrdered: false), itemCount: 4)
    let users = FactorTable(count: 4, factors: 3, deviation: 1, seed: 1)
    let items = FactorTable(count: 4, factors: 3, deviation: 1, seed: 2)
    let found = GraphPropagation(feedback, layers: 2, threads: 2).mean(users: users, items: items)

    let counts = (0..<8).map {
      Double(max(1, $0 < 4 ? feedback.byUser.range($0).count : feedback.byItem.range($0 - 4).count))
    }
    var adjacency = [[Double]](repeating: [Double](repeating: 0, count: 8), count: 8)
    for user in 0..<4 {
      for item in feedback.histories[user] {
        let weight = 1 / (counts[user] * counts[4 + Int(item)]).squareRoot()
        adjacency[user][4 + Int(item)] = weight
        adjacency[4 + Int(item)][user] = weight
      }
    }
    for factor in 0..<3 {
      let start =
        (0..<4).map { Double(users.matrix[$0, factor]) }
        + (0..<4).map { Double(items.matrix[$0, factor]) }
      func next(_ vector: [Double]) -> [Double] {
        adjacency.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
      }
      let (one, two) = (next(start), next(next(start)))
      for node in 0..<8 {
        let expected = (start[node] + one[node] + two[node]) / 3
        let actual =
          node < 4 ? found.users.matrix[node, factor] : found.items.matrix[node - 4, factor]
        #expect(abs(Double(actual) - expected) < 1e-5)
      }
    }
  }

  @Test func theFoldInMapFindsALinearRule() throws {
    var random = SeededGenerator(seed: 4)
    let lists = (0..<80).map { _ in
      (0..<4).map { _ in Int32.random(in: 0..<30, using: &random) }
    }
    let items = FactorTable(count: 30, factors: 4, deviation: 1, seed: 3)
    var users = FactorTable(count: 80, factors: 4)
    // Twice the mean, its values in another order.
    for (user, list) in lists.enumerated() {
      for factor in 0..<4 {
        let mean = list.reduce(0) { $0 + items.matrix[Int($1), factor] } / 4
        users.matrix[user, 3 - factor] = 2 * mean
      }
    }
    let histories = Histories(lists, isOrdered: false)
    let map = try FoldInMap(users: users, items: items, histories: histories, threads: 2)
    let found = map.vectors(10..<20, histories, items: items)
    for user in 10..<20 {
      for factor in 0..<4 {
        let expected = users.matrix[user, factor]
        #expect(abs(found[(user - 10) * items.width + factor] - expected) < 0.05)
      }
    }
  }
}
