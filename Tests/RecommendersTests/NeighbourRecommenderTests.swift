import Foundation
import Models
import TestSupport
import Testing

@testable import Recommenders

@Suite struct NeighbourRecommenderTests {
  /// Items 0 and 1 share users 0 and 1; item 2 shares user 1 with both; items 3 and 4 have one user alone.
  private let histories = Histories([[0, 1], [1, 0, 2, 1], [3, 4], [], [0]], isOrdered: true)

  private func scores(
    _ kind: any Recommender.Type, _ settings: [String: String], asked: Histories? = nil
  ) throws -> [[Float]] {
    let feedback = try Feedback(histories: histories, itemCount: 6)
    let values = try SettingValues(kind.settings, shape: feedback.shape, replacing: settings)
    let model = try kind.init(values).fit(feedback, context: FitContext(threads: 2))
    return try FittedScores.all(
      model,
      asked.map { AskedHistories($0, areLearned: false) }
        ?? AskedHistories(histories, areLearned: true), itemCount: 6)
  }

  @Test func itemCosineByHand() throws {
    let plain = ["similarity": "cosine", "users-exponent": "0", "size-exponent": "0.5"]
    let rows = try scores(ItemKNNRecommender.self, plain, asked: Histories([[0]], isOrdered: true))
    // Three users took item 0, two item 1, one item 2.
    #expect(abs(rows[0][1] - 2 / 6.0.squareRoot().float) < 1e-6)
    #expect(abs(rows[0][2] - 1 / 3.0.squareRoot().float) < 1e-6)
    // Beneath all that is known: by popularity, the same for items of as many users.
    #expect(rows[0][3] > 0 && rows[0][3] < 1e-5 && rows[0][3] == rows[0][4])
    #expect(rows[0][5] == 0)
  }

  @Test func shrinkageWeightsAndJaccardByHand() throws {
    let asked = Histories([[0]], isOrdered: true)
    let jaccard = try scores(
      ItemKNNRecommender.self,
      ["similarity": "jaccard", "users-exponent": "0", "shrinkage": "1"], asked: asked)
    #expect(abs(jaccard[0][1] - 2 / (3 + 2 - 2 + 1)) < 1e-6)
    // User 0 has two items, user 1 three, user 4 one: each counts one over that.
    let weighted = try scores(
      ItemKNNRecommender.self,
      ["similarity": "cosine", "users-exponent": "1", "size-exponent": "1"], asked: asked)
    #expect(abs(weighted[0][2] - (1 / 3.0) / (1 / 3.0)) < 1e-6)
    #expect(abs(weighted[0][1] - 1) < 1e-6)
  }

  @Test(arguments: ["history", "target"]) func keptBySidesDiffer(_ side: String) throws {
    let settings = [
      "similarity": "cosine", "users-exponent": "0", "neighbours": "1", "kept-by": side,
    ]
    let rows = try scores(
      ItemKNNRecommender.self, settings, asked: Histories([[0]], isOrdered: true))
    // Item 1 is nearest to 0. Item 2 is nearest to 1, not to 0.
    #expect(rows[0][1] > 0.8)
    #expect(rows[0][2] < 1e-5)
    let second = try scores(
      ItemKNNRecommender.self, settings, asked: Histories([[1]], isOrdered: true))
    #expect(side == "target" ? second[0][2] > 0.7 : second[0][2] < 1e-5)
  }

  @Test func userCosineByHand() throws {
    let rows = try scores(
      UserKNNRecommender.self,
      ["similarity": "cosine", "items-exponent": "0", "size-exponent": "0.5"])
    // User 0's neighbours: user 1 shares two items of three, user 4 one of one.
    #expect(abs(rows[0][2] - 2 / 6.0.squareRoot().float) < 1e-6)
    #expect(rows[0][3] < 1e-5)
    // Nobody took what user 2 took: popularity.
    #expect(rows[2][0] > rows[2][1] && rows[2][1] > rows[2][2])
  }

  @Test func randomWalkByHand() throws {
    let rows = try scores(
      RP3BetaRecommender.self, ["alpha": "1", "beta": "0.5"],
      asked: Histories([[0]], isOrdered: true))
    // From item 0 to its three users, from those to item 1: (1/2 + 1/3) / 3, over the root of two users.
    let near: Double = (1.0 / 2 + 1.0 / 3) / 3 / Double(2).squareRoot()
    let far: Double = 1.0 / 3 / 3
    #expect(abs(Double(rows[0][1]) - near) < 1e-6)
    #expect(abs(Double(rows[0][2]) - far) < 1e-6)
  }

  @Test(arguments: ["item-knn", "user-knn", "rp3beta"])
  func emptyHistoriesGetPopularity(_ name: String) throws {
    let kind = try #require(RecommenderKinds.named(name))
    let row = try scores(kind, [:])[3]
    #expect(row[0] > row[1] && row[1] > row[2] && row[2] == row[3] && row[5] == 0)
    #expect(row.allSatisfy { $0.isFinite })
  }

  @Test(arguments: Similarity.Measure.allCases)
  func threadsDoNotMatterAndANaiveCountAgrees(_ measure: Similarity.Measure) throws {
    let feedback = try RandomFeedback.make(users: 60, items: 40, perUser: 8, seed: 3)
    let values = try SettingValues(
      ItemKNNRecommender.settings, shape: feedback.shape,
      replacing: [
        "similarity": measure.rawValue, "users-exponent": "0.3", "size-exponent": "0.7",
        "shrinkage": "2", "neighbours": "1000",
      ])
    let asked = AskedHistories(feedback.histories, areLearned: true)
    let all = try [1, 2].map { threads in
      try FittedScores.all(
        ItemKNNRecommender(values).fit(feedback, context: FitContext(threads: threads)), asked,
        itemCount: 40)
    }
    let isSame = all[0] == all[1]
    #expect(isSame)
    let similarity = Similarity(
      measure, rows: feedback.byItem, features: feedback.byUser, featureExponent: 0.3,
      sizeExponent: 0.7, shrinkage: 2)
    let users = (0..<40).map { Set(feedback.byItem.columns(ofRow: $0)) }
    var largest: Float = 0
    for user in 0..<60 {
      let history = Set(feedback.histories[user])
      for target in 0..<40 {
        var expected: Float = 0
        for item in history where Int(item) != target {
          let both = users[Int(item)].intersection(users[target])
          guard !both.isEmpty else { continue }
          let sum = both.sorted().reduce(Float(0)) { $0 + similarity.featureWeights[Int($1)] }
          expected +=
            similarity.value(sum: sum, size: similarity.sizes[Int(item)], other: target)
            * similarity.ownFactor(Int(item))
        }
        if expected > 0 { largest = max(largest, abs(all[0][user][target] - expected)) }
      }
    }
    #expect(largest < 1e-4)
  }
}

extension Double {
  fileprivate var float: Float { Float(self) }
}
