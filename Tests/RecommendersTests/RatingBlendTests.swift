import TestSupport
import Testing

@testable import Recommenders

@Suite struct RatingBlendTests {
  @Test func neighboursPredictByHand() throws {
    // Two items that the same users like: their correlation is near 1, shrunk to half by 3 common raters.
    let feedback = try Feedback(
      histories: Histories([[0, 1], [0, 1], [0, 1], [0]], isOrdered: false), itemCount: 2,
      ratings: [5, 5, 1, 1, 4, 4, 5])
    let values = try SettingValues(
      RatingNeighboursRecommender.settings, shape: feedback.shape,
      replacing: ["shrinkage": "3", "power": "1"])
    let fitted = try RatingNeighboursRecommender(values).fit(feedback, context: FitContext())
    let model = try #require(fitted as? RatingNeighbours)
    let weight = try #require(model.rows[1].first?.weight)
    #expect(weight > 0.4 && weight <= 0.5)
    var scores = [Float](repeating: .nan, count: 2)
    let asked = AskedHistories(feedback.histories, areLearned: true)
    scores.withUnsafeMutableBufferPointer { model.score(3..<4, asked, into: $0) }
    // Item 1 for the last user: biases, and what item 0 was beyond them, by its weight over weight and 0.2.
    let residual = 5 - model.biases.mean - model.biases.users[3] - model.biases.items[0]
    let base = model.biases.mean + model.biases.users[3] + model.biases.items[1]
    let wanted = base + weight * residual / (weight + 0.2)
    #expect(abs(scores[1] - min(5, max(1, wanted))) < 1e-5)
  }

  @Test func neighboursFindRatingsHeldBack() throws {
    let fixture = try RatingFixture()
    let settings = ["shrinkage": "5"]
    let error = try fixture.error(fixture.fitted(RatingNeighboursRecommender.self, settings))
    let biases = try RatingBiases(RatingTable(fixture.feedback), shrinkage: 5)
    let ofBiases = RatingFixture.rootMeanSquare(
      fixture.held.map { $0.value - biases.mean - biases.users[$0.user] - biases.items[$0.item] })
    #expect(error < ofBiases * 0.9, "\(error), biases \(ofBiases)")
  }

  @Test func weightsAreThoseOfLeastSquares() {
    // 0.25 of the first, 0.75 of the second and 1, without noise.
    let columns: [[Float]] = [[1, 2, 3, 5, 4], [2, 1, 5, 3, 1]]
    let targets = zip(columns[0], columns[1]).map { 0.25 * $0 + 0.75 * $1 + 1 }
    let free = StackingWeights(columns: columns, targets: targets, ridge: 0)
    #expect(abs(free.weights[0] - 0.25) < 1e-3)
    #expect(abs(free.weights[1] - 0.75) < 1e-3)
    #expect(abs(free.constant - 1) < 1e-3)
    // A pull without end leaves equal parts; parts that are the same share their weight.
    let pulled = StackingWeights(columns: columns, targets: targets, ridge: 1e12)
    #expect(pulled.weights.allSatisfy { abs($0 - 0.5) < 1e-6 })
    let twins = StackingWeights(columns: [columns[0], columns[0]], targets: columns[0], ridge: 0.1)
    #expect(abs(twins.weights[0] - twins.weights[1]) < 1e-6)
    #expect(twins.constant.isFinite)
  }

  @Test func heldRatingsArePartOfTheWhole() throws {
    let fixture = try RatingFixture(emptyUsers: 1)
    let parts = try HeldRatings(fixture.feedback, share: 0.3, seed: 2)
    #expect(parts.kept.pairCount + parts.held.count == fixture.feedback.pairCount)
    #expect(parts.kept.userCount == fixture.feedback.userCount)
    #expect(Double(parts.held.count) > 0.2 * Double(fixture.feedback.pairCount))
    for user in 0..<60 { #expect(!parts.kept.histories[user].isEmpty) }
  }

  @Test func aBlendFindsRatingsHeldBack() throws {
    let fixture = try RatingFixture(users: 40, items: 30, emptyUsers: 1)
    let model = try fixture.fitted(
      RatingBlendRecommender.self, ["sweeps": "10", "factors": "2", "burn-in": "8"])
    #expect(try fixture.error(model) < 0.65)
    #expect(try fixture.scores(model).joined().allSatisfy { $0 >= 1 && $0 <= 5 })
    #expect(throws: RecommenderError.self) {
      try HeldRatings(
        Feedback(histories: Histories([[0]], isOrdered: false), itemCount: 1), share: 0.1, seed: 1)
    }
  }
}
