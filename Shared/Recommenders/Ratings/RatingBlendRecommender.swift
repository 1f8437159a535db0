import RecommendationCore

/// Predicts ratings by a weighted sum of kinds, whose weights are learned on ratings that were held back inside the
/// data (linear stacking; Breiman 1996, Sill et al. 2009); each kind then learns from all ratings.
public struct RatingBlendRecommender: Recommender {
  /// "rating-blend".
  public static let name = "rating-blend"
  /// What it is.
  public static let summary =
    "predicted ratings: a weighted sum of bayesian-fm (both links), svd++ and rating-knn"
  /// Scores are ratings.
  public static let predictsRatings = true
  /// Its settings.
  public static let settings: [Setting] = [
    .real("held-share", 0.01...0.5, "share of the ratings that the weights are learned on") { _ in
      0.15
    },
    .real("ridge", 0...100, "pull of the weights to equal parts, in ratings times 1000") { _ in
      0.1
    },
    .integer("burn-in", 1...10_000, "first sweeps of each chain of bayesian-fm, not kept") { _ in 60
    },
    .integer("sweeps", 1...10_000, "sweeps of each chain of bayesian-fm that follow") { _ in 240 },
    .integer("factors", 0...256, "length of the vectors of bayesian-fm") {
      BayesianFMRecommender.defaultFactors($0)
    },
  ]

  private let values: SettingValues

  /// A recommender with settings of ``settings``.
  public init(_ values: SettingValues) { self.values = values }

  /// What hinders its parts.
  public static func obstacle(_ shape: DataShape) -> String? {
    BayesianFMRecommender.obstacle(shape) ?? RatingNeighboursRecommender.obstacle(shape)
      ?? (shape.pairs < 100 ? "too few ratings to hold some back" : nil)
  }

  /// Learns every kind twice: without the ratings held back, and with all.
  ///
  /// - Throws: what the kinds throw.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    let parts = try HeldRatings(feedback, share: values.real("held-share"), seed: context.seed)
    var early = context
    early.validate = nil
    // The second round takes as long as the first.
    early.deadline = context.deadline.map { deadline in
      let now = ContinuousClock.now
      return now < deadline ? now + (deadline - now) * 0.45 : deadline
    }
    let trial = try members(parts.kept, context: early)
    let asked = AskedHistories(parts.kept.histories, areLearned: true)
    let columns = try trial.map { try parts.predictions(of: $0, asked) }
    let weights = StackingWeights(
      columns: columns, targets: parts.held.map(\.value), ridge: values.real("ridge") * 1000)
    var late = context
    late.validate = nil
    let table = try RatingTable(feedback)
    return BlendedRatings(
      members: try members(feedback, context: late), weights: weights, range: table.range)
  }

  private func members(
    _ feedback: Feedback, context: FitContext
  ) throws -> [any FittedRecommender] {
    let gibbs = [
      "burn-in": "\(values.integer("burn-in"))", "sweeps": "\(values.integer("sweeps"))",
      "factors": "\(values.integer("factors"))",
    ]
    let kinds: [(any Recommender.Type, [String: String])] = [
      (RatingNeighboursRecommender.self, [:]), (SVDPlusPlusRecommender.self, [:]),
      (BayesianFMRecommender.self, gibbs.merging(["link": "gaussian"]) { $1 }),
      (BayesianFMRecommender.self, gibbs.merging(["link": "ordinal"]) { $1 }),
    ]
    return try kinds.map { kind, settings in
      let values = try SettingValues(kind.settings, shape: feedback.shape, replacing: settings)
      return try kind.init(values).fit(feedback, context: context)
    }
  }
}

/// Feedback without some ratings, and those.
struct HeldRatings: Sendable {
  let kept: Feedback
  let held: [RatingTable.Entry]

  /// Holds back a random share; a user keeps one rating at least.
  init(_ feedback: Feedback, share: Double, seed: UInt64) throws {
    guard let ratings = feedback.ratings else {
      throw RecommenderError(.unsuitableData, "this kind learns from ratings, the data has none")
    }
    var random = NormalSource(seed: seed ^ 0x5bd1_e995)
    var lists: [[Int32]] = []
    var (values, held): ([Float], [RatingTable.Entry]) = ([], [])
    for user in 0..<feedback.userCount {
      var list: [Int32] = []
      for place in feedback.histories.range(user) {
        let item = feedback.histories.items[place]
        if random.uniform() < share, !list.isEmpty {
          held.append(.init(user: Int32(user), item: item, value: ratings[place]))
        } else {
          list.append(item)
          values.append(ratings[place])
        }
      }
      lists.append(list)
    }
    kept = try Feedback(
      histories: Histories(lists, isOrdered: feedback.histories.isOrdered),
      itemCount: feedback.itemCount, ratings: values)
    self.held = held
  }

  /// What a model says of the ratings held back.
  func predictions(
    of model: any FittedRecommender, _ asked: AskedHistories
  ) throws -> [Float] {
    var scores = [Float](repeating: 0, count: kept.itemCount)
    var predictions: [Float] = []
    predictions.reserveCapacity(held.count)
    var last: Int32 = -1
    for entry in held {
      if entry.user != last {
        last = entry.user
        try scores.withUnsafeMutableBufferPointer {
          try model.score(Int(last)..<(Int(last) + 1), asked, into: $0)
        }
      }
      predictions.append(scores[Int(entry.item)])
    }
    return predictions
  }
}

/// The weights of a sum of predictions, by least squares with a pull to equal parts that add up to 1.
struct StackingWeights: Sendable {
  /// One a part.
  let weights: [Double]
  /// Added to the sum.
  let constant: Double

  /// O(parts² · targets).
  init(columns: [[Float]], targets: [Float], ridge: Double) {
    let (count, size) = (columns.count, columns.count + 1)
    let share = 1 / Double(max(1, count))
    // The unknowns are what the weights are beyond equal parts, and the constant.
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: size + 1), count: size)
    for (place, target) in targets.enumerated() {
      let row = columns.map { Double($0[place]) } + [1]
      let left = Double(target) - row.dropLast().reduce(0, +) * share
      for first in 0..<size {
        for second in 0..<size { matrix[first][second] += row[first] * row[second] }
        matrix[first][size] += row[first] * left
      }
    }
    for index in 0..<count { matrix[index][index] += max(ridge, 1e-6) }
    matrix[count][count] += 1e-6
    let solution = Self.solved(matrix)
    weights = solution.prefix(count).map { $0 + share }
    constant = solution[count]
  }

  /// Gauss and Jordan with the largest pivot.
  private static func solved(_ system: [[Double]]) -> [Double] {
    var rows = system
    let size = rows.count
    for column in 0..<size {
      let best =
        (column..<size).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, best)
      guard abs(rows[column][column]) > 1e-300 else { continue }
      for row in 0..<size where row != column {
        let factor = rows[row][column] / rows[column][column]
        for index in column...size { rows[row][index] -= factor * rows[column][index] }
      }
    }
    return (0..<size).map { rows[$0][$0] == 0 ? 0 : rows[$0][size] / rows[$0][$0] }
  }
}

/// A weighted sum of predicted ratings, within the range of the ratings seen.
struct BlendedRatings: FittedRecommender {
  let members: [any FittedRecommender]
  let weights: StackingWeights
  let range: ClosedRange<Float>

  func score(
    _ users: Range<Int>, _ asked: AskedHistories, into target: UnsafeMutableBufferPointer<Float>
  ) throws {
    var part = [Float](repeating: 0, count: target.count)
    var sums = [Float](repeating: Float(weights.constant), count: target.count)
    for (member, weight) in zip(members, weights.weights) {
      try part.withUnsafeMutableBufferPointer { try member.score(users, asked, into: $0) }
      for index in sums.indices { sums[index] += Float(weight) * part[index] }
    }
    for index in sums.indices {
      target[index] = min(max(sums[index], range.lowerBound), range.upperBound)
    }
  }
}
