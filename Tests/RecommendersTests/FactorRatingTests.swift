import LinearAlgebra
import TestSupport
import Testing

@testable import Recommenders

@Suite struct FactorRatingTests {
  private static let kinds: [(kind: any Recommender.Type, settings: [String: String])] = [
    (BiasedMFRecommender.self, ["solver": "als", "regularization": "0.02"]),
    (
      BiasedMFRecommender.self,
      ["solver": "sgd", "passes": "60", "learning-rate": "0.02", "regularization": "0.02"]
    ),
    (
      SVDPlusPlusRecommender.self,
      ["passes": "60", "learning-rate": "0.02", "regularization": "0.02"]
    ),
  ]

  @Test(arguments: 0..<3) func heldBackRatingsAreFound(_ index: Int) throws {
    let fixture = try RatingFixture()
    let (kind, settings) = Self.kinds[index]
    let error = try fixture.error(fixture.fitted(kind, settings))
    // Noise alone is 0.2; the mean alone errs by about 1.
    #expect(fixture.errorOfMean > 0.8)
    #expect(error < 0.45, "\(kind.name): \(error)")
  }

  @Test(arguments: 0..<3) func predictionsAreInRangeAndEqualForASeed(_ index: Int) throws {
    let fixture = try RatingFixture(emptyUsers: 2)
    let (kind, settings) = Self.kinds[index]
    let one = try fixture.scores(
      fixture.fitted(kind, settings, context: FitContext(seed: 5, threads: 1)))
    let two = try fixture.scores(
      fixture.fitted(kind, settings, context: FitContext(seed: 5, threads: 3)))
    #expect(one.joined().allSatisfy { $0 >= 1 && $0 <= 5 })
    #expect(zip(one.joined(), two.joined()).allSatisfy { $0 == $1 })
    // Nothing is known of the last two: they are alike, and items still differ.
    #expect(zip(one[60], one[61]).allSatisfy { abs($0 - $1) < 0.8 })
    #expect(Set(one[61]).count > 5)
  }

  @Test func leastSquaresWithoutFactorsAreTheShrunkBiases() throws {
    // One item; two users with one rating each: with a mean of 3 and biases' penalty 1, the best biases of
    // (b_1 + b_i - 1)² + (b_2 + b_i + 1)² + b_1² + b_2² + b_i² are 1/2, -1/2 and 0.
    let feedback = try Feedback(
      histories: Histories([[0], [0]], isOrdered: false), itemCount: 1, ratings: [4, 2])
    let values = try SettingValues(
      BiasedMFRecommender.settings, shape: feedback.shape,
      replacing: ["factors": "0", "bias-regularization": "1", "passes": "30"])
    let model = try BiasedMFRecommender(values).fit(feedback, context: FitContext())
    let biases = try #require(model as? FactorRatings)
    #expect(abs(biases.userBiases[0] - 0.5) < 1e-3)
    #expect(abs(biases.userBiases[1] + 0.5) < 1e-3)
    #expect(abs(biases.itemBiases[0]) < 1e-3)
    #expect(abs(biases.mean - 3) < 1e-6)
  }

  @Test func anotherHistoryChangesTheImplicitPartOnly() throws {
    // p = (1, 0), items (1, 1) and (0, 2), implicit factors (0, 1) and (2, 0); no biases.
    let users = Matrix(rows: 1, columns: 2, values: [1, 0])
    let items = Matrix(rows: 2, columns: 2, values: [1, 1, 0, 2])
    let implicit = Matrix(rows: 2, columns: 2, values: [0, 1, 2, 0])
    let model = FactorRatings(
      mean: 1, userBiases: [0], itemBiases: [0, 0], userFactors: try #require(users),
      itemFactors: try #require(items), implicit: implicit,
      composedUsers: try #require(users), range: 0...10)
    func scores(_ history: [Int32], areLearned: Bool) -> [Float] {
      var scores = [Float](repeating: .nan, count: 2)
      let asked = AskedHistories(Histories([history], isOrdered: false), areLearned: areLearned)
      scores.withUnsafeMutableBufferPointer { model.score(0..<1, asked, into: $0) }
      return scores
    }
    #expect(scores([0], areLearned: true) == [2, 1])
    // With item 0: p + (0, 1). With both: p + ((0, 1) + (2, 0)) / √2.
    #expect(scores([0], areLearned: false) == [3, 3])
    let both = scores([0, 1], areLearned: false)
    #expect(abs(both[0] - (2 + 3 / Float(2).squareRoot())) < 1e-5)
    #expect(abs(both[1] - (1 + 2 / Float(2).squareRoot())) < 1e-5)
  }

  @Test func validationChoosesThePasses() throws {
    // So much noise that more passes only learn it.
    let fixture = try RatingFixture(noise: 1)
    let context = FitContext(
      seed: 5, validate: { model in -(try fixture.error(model)) }, patience: 3)
    let model = try fixture.fitted(
      BiasedMFRecommender.self, ["regularization": "0.001", "factors": "16", "passes": "40"],
      context: context)
    guard case .integer(let passes)? = model.found["passes"] else {
      Issue.record("no number of passes was found")
      return
    }
    #expect(passes < 40)
    let again = try fixture.fitted(
      BiasedMFRecommender.self,
      ["regularization": "0.001", "factors": "16", "passes": "\(passes)"])
    #expect(abs(try fixture.error(again) - fixture.error(model)) < 1e-6)
  }

  @Test func dataWithoutRatingsIsRefused() throws {
    let feedback = try Feedback(histories: Histories([[0]], isOrdered: false), itemCount: 1)
    #expect(BiasedMFRecommender.obstacle(feedback.shape) != nil)
    #expect(throws: RecommenderError.self) { try RatingTable(feedback) }
  }

  @Test func runawayStepsAreRefused() throws {
    let fixture = try RatingFixture()
    #expect(throws: RecommenderError.self) {
      try fixture.fitted(
        BiasedMFRecommender.self, ["solver": "sgd", "learning-rate": "1", "passes": "200"])
    }
  }

  @Test func ofTwoRatingsOfAPairTheLastCounts() throws {
    let feedback = try Feedback(
      histories: Histories([[1, 0, 1]], isOrdered: true), itemCount: 2, ratings: [1, 2, 5])
    let table = try RatingTable(feedback)
    #expect(table.items == [0, 1])
    #expect(table.values == [2, 5])
    #expect(table.mean == 3.5)
  }
}
