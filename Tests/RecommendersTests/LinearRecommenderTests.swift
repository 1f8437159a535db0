import Foundation
import LinearAlgebra
import Models
import Testing

@testable import Recommenders

@Suite struct LinearRecommenderTests {
  private func fitted(
    _ kind: any Recommender.Type, _ feedback: Feedback, _ settings: [String: String],
    threads: Int = 2
  ) throws -> [[Float]] {
    let values = try SettingValues(kind.settings, shape: feedback.shape, replacing: settings)
    let model = try kind.init(values).fit(feedback, context: FitContext(threads: threads))
    return try FittedScores.all(
      model, AskedHistories(feedback.histories, areLearned: true), itemCount: feedback.itemCount)
  }

  /// The least of a ridge regression of each item on the others, by Gauss's elimination.
  private func ridge(_ gram: [[Double]], penalties: [Double], target: Int) -> [Double] {
    let others = gram.indices.filter { $0 != target }
    var rows: [[Double]] = others.map { row in
      var line: [Double] = others.map { gram[row][$0] }
      line.append(gram[row][target])
      return line
    }
    for (place, item) in others.enumerated() { rows[place][place] += penalties[item] }
    for pivot in others.indices {
      for row in others.indices where row != pivot {
        let factor = rows[row][pivot] / rows[pivot][pivot]
        for column in pivot...others.count { rows[row][column] -= factor * rows[pivot][column] }
      }
    }
    var weights = [Double](repeating: 0, count: gram.count)
    for (place, item) in others.enumerated() {
      weights[item] = rows[place][others.count] / rows[place][place]
    }
    return weights
  }

  @Test(arguments: [0.0, 0.5]) func easeIsARidgeRegressionOfEachItem(_ dropout: Double) throws {
    let feedback = try RandomFeedback.make(users: 50, items: 12, perUser: 6, seed: 4)
    let scores = try fitted(
      EASERecommender.self, feedback,
      [
        "regularization": "3", "frequency-exponent": "1", "users-exponent": "0",
        "target-exponent": "0", "dropout": "\(dropout)",
      ])
    let users = (0..<50).map { Set(feedback.histories[$0].map(Int.init)) }
    var gram = [[Double]](repeating: [Double](repeating: 0, count: 12), count: 12)
    for user in users {
      for row in user { for column in user { gram[row][column] += 1 } }
    }
    let mean = Double(feedback.pairCount) / 12
    let penalties: [Double] = (0..<12).map { item in
      let count = gram[item][item]
      return 3 * max(1, count) / mean + dropout / (1 - dropout) * count
    }
    var largest = 0.0
    for target in 0..<12 {
      let weights = ridge(gram, penalties: penalties, target: target)
      for user in 0..<50 {
        let expected: Double = users[user].reduce(0) { $0 + weights[$1] }
        largest = max(largest, abs(expected - Double(scores[user][target])))
      }
    }
    #expect(largest < 1e-4)
  }

  @Test func userWeightsKeepTheSum() throws {
    let feedback = try RandomFeedback.make(users: 50, items: 12, perUser: 6, seed: 4)
    let weights = ItemGram.userWeights(feedback.byUser, exponent: 0.7)
    let sum = (0..<50).reduce(Float(0)) {
      $0 + weights[$1] * Float(feedback.byUser.range($1).count)
    }
    #expect(abs(sum - Float(feedback.pairCount)) < 1e-2)
    let lengths = (0..<50).map { feedback.byUser.range($0).count }
    let shortest = try #require(lengths.indices.min { lengths[$0] < lengths[$1] })
    let longest = try #require(lengths.indices.max { lengths[$0] < lengths[$1] })
    #expect(weights[shortest] > weights[longest])
  }

  @Test func elasticNetEndsWhereNoWeightWantsToMove() throws {
    let feedback = try RandomFeedback.make(users: 80, items: 20, perUser: 8, seed: 6)
    let net = ElasticNet(byItem: feedback.byItem, l1: 0.3, l2: 1.5, passes: 400)
    let users = (0..<20).map { Set(feedback.byItem.columns(ofRow: $0)) }
    let residual = UnsafeMutableBufferPointer<Float>.allocate(capacity: 80)
    defer { residual.deallocate() }
    residual.initialize(repeating: 0)
    var hasZero = false
    for target in 0..<20 {
      let neighbours = (0..<20).filter { $0 != target }.map(Int32.init)
      let weights = net.weights(of: target, neighbours: neighbours[...], residual: residual)
      #expect(residual.allSatisfy { $0 == 0 })
      // The conditions of Karush, Kuhn and Tucker.
      for (place, neighbour) in neighbours.enumerated() {
        var slope = Float(users[Int(neighbour)].intersection(users[target]).count)
        for (other, weight) in zip(neighbours, weights) {
          slope -= weight * Float(users[Int(neighbour)].intersection(users[Int(other)]).count)
        }
        slope -= 0.3 + 1.5 * weights[place]
        #expect(weights[place] >= 0)
        #expect(weights[place] > 0 ? abs(slope) < 3e-2 : slope < 3e-2)
        hasZero = hasZero || weights[place] == 0
      }
    }
    #expect(hasZero)
  }

  @Test(arguments: ["ease", "slim", "slist", "sequence-knn"])
  func halvesAreToldApartOnAnyNumberOfThreads(_ name: String) throws {
    let kind = try #require(RecommenderKinds.named(name))
    let feedback = try RandomFeedback.make(
      users: 120, items: 30, perUser: 10, seed: 7, isOrdered: true)
    let rows = try fitted(kind, feedback, [:])
    let isSame = try fitted(kind, feedback, [:], threads: 1) == rows
    #expect(isSame)
    #expect(rows.allSatisfy { $0.allSatisfy(\.isFinite) })
    // Items of a user's own half score better in the mean.
    var gain: Float = 0
    for user in 0..<120 {
      for item in 0..<30 { gain += item % 2 == user % 2 ? rows[user][item] : -rows[user][item] }
    }
    #expect(gain > 0)
  }

  @Test(arguments: ["ease", "slim", "slist", "sequence-knn"])
  func anythingIsAnswered(_ name: String) throws {
    let kind = try #require(RecommenderKinds.named(name))
    let feedback = try Feedback(
      histories: Histories([[], [0, 1], [1], [1, 2, 1]], isOrdered: true), itemCount: 5)
    let rows = try fitted(kind, feedback, [:])
    #expect(rows.allSatisfy { $0.allSatisfy(\.isFinite) })
    #expect(rows[0][1] > rows[0][0] && rows[0][0] >= rows[0][3])
  }

  @Test func tooManyItemsAreSaidSo() {
    let many = DataShape(
      users: 10, items: 10_000_000, pairs: 100, isOrdered: true, hasRatings: false)
    #expect(EASERecommender.obstacle(many) != nil)
    #expect(SLISTRecommender.obstacle(many) != nil)
    let small = DataShape(users: 10, items: 100, pairs: 100, isOrdered: false, hasRatings: false)
    #expect(EASERecommender.obstacle(small) == nil)
    #expect(SLISTRecommender.obstacle(small) != nil)
    #expect(SequenceKNNRecommender.obstacle(small) != nil)
  }
}
