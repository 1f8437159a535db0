import RecommendationCore

@testable import Recommenders

/// Ratings drawn from known biases and factors.
struct RatingFixture {
  /// Learned from.
  let feedback: Feedback
  /// Pairs that were held back, with their ratings.
  let held: [(user: Int, item: Int, value: Float)]
  /// The root of the mean squared error of the mean rating on ``held``.
  let errorOfMean: Double

  /// - Parameters:
  ///   - isRounded: whether ratings are whole grades.
  ///   - emptyUsers: users at the end without ratings.
  init(
    users: Int = 60, items: Int = 40, share: Double = 0.5, noise: Float = 0.2,
    isRounded: Bool = false, emptyUsers: Int = 0, seed: UInt64 = 3
  ) throws {
    var random = NormalSource(seed: seed)
    let (userBiases, itemBiases) = (
      (0..<users).map { _ in 0.4 * random.next() }, (0..<items).map { _ in 0.5 * random.next() }
    )
    let (left, right) = (
      (0..<users).map { _ in 0.8 * random.next() }, (0..<items).map { _ in 0.8 * random.next() }
    )
    var lists = [[Int32]](repeating: [], count: users + emptyUsers)
    var ratings: [Float] = []
    var held: [(user: Int, item: Int, value: Float)] = []
    for user in 0..<users {
      for item in 0..<items where random.uniform() < share {
        var value = 3 + userBiases[user] + itemBiases[item] + left[user] * right[item]
        value += noise * random.next()
        if isRounded { value = value.rounded() }
        value = min(5, max(1, value))
        if random.uniform() < 0.2 {
          held.append((user, item, value))
        } else {
          lists[user].append(Int32(item))
          ratings.append(value)
        }
      }
    }
    feedback = try Feedback(
      histories: Histories(lists, isOrdered: false), itemCount: items, ratings: ratings)
    self.held = held
    let mean = ratings.reduce(0, +) / Float(ratings.count)
    errorOfMean = Self.rootMeanSquare(held.map { $0.value - mean })
  }

  static func rootMeanSquare(_ errors: [Float]) -> Double {
    (errors.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(errors.count)).squareRoot()
  }

  /// Fits a kind.
  func fitted(
    _ kind: any Recommender.Type, _ settings: [String: String] = [:],
    context: FitContext = FitContext(seed: 5, threads: 2)
  ) throws -> any FittedRecommender {
    let values = try SettingValues(kind.settings, shape: feedback.shape, replacing: settings)
    return try kind.init(values).fit(feedback, context: context)
  }

  /// Scores of all items for all users: a row a user.
  func scores(
    _ model: any FittedRecommender, histories: Histories? = nil, areLearned: Bool = true
  ) throws -> [[Float]] {
    let asked = AskedHistories(histories ?? feedback.histories, areLearned: areLearned)
    let users = feedback.userCount
    var all = [Float](repeating: .nan, count: users * feedback.itemCount)
    try all.withUnsafeMutableBufferPointer { try model.score(0..<users, asked, into: $0) }
    return (0..<users).map {
      Array(all[($0 * feedback.itemCount)..<(($0 + 1) * feedback.itemCount)])
    }
  }

  /// The error on ``held``.
  func error(_ model: any FittedRecommender) throws -> Double {
    let scores = try scores(model)
    return Self.rootMeanSquare(held.map { scores[$0.user][$0.item] - $0.value })
  }
}
