import RecommendationCore

/// One chain of Gibbs samples of a factorization machine of users, items and whom and what they met.
///
/// A sweep is O(ratings · factors).
struct GibbsChain {
  private let table: RatingTable
  private let prior: GibbsPrior
  private let factors: Int
  private var random: NormalSource
  private var users: GibbsSide
  private var items: GibbsSide
  private var constant: Float = 0
  private var thresholds: OrdinalThresholds?
  private let scale: Float
  /// What is left of each rating, by user.
  private var errors: [Float]
  /// The same, by item.
  private var turned: [Float]
  private(set) var loss = 0.0

  init(_ table: RatingTable, factors: Int, isOrdinal: Bool, priorRate: Double, seed: UInt64) {
    self.table = table
    self.factors = factors
    prior = GibbsPrior(rate: priorRate)
    random = NormalSource(seed: seed)
    let raters = table.byItem.map { table.users[Int($0)] }
    users = GibbsSide(
      starts: table.userStarts, others: table.items, features: table.itemCount, factors: factors,
      random: &random)
    items = GibbsSide(
      starts: table.itemStarts, others: raters, features: table.userCount, factors: factors,
      random: &random)
    thresholds = isOrdinal ? OrdinalThresholds(table.values) : nil
    // In units of their spread, ratings of any scale suit one prior.
    let mean = Double(table.mean)
    let variance = table.values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    scale = max(1e-6, Float((variance / Double(table.count)).squareRoot()))
    errors = [Float](repeating: 0, count: table.count)
    turned = errors
  }

  /// Draws all parameters once.
  ///
  /// - Parameter isLearning: whether this sweep comes before those that are kept.
  mutating func sweep(isLearning: Bool) {
    let precision = drawErrors(isLearning: isLearning)
    users.drawBiases(errors: &errors, precision: precision, prior: prior, random: &random)
    users.drawFactors(
      other: items.composed, otherRows: table.itemCount, errors: &errors, precision: precision,
      prior: prior, members: (items.starts, items.others), random: &random)
    for (place, source) in table.byItem.enumerated() { turned[place] = errors[Int(source)] }
    items.drawBiases(errors: &turned, precision: precision, prior: prior, random: &random)
    items.drawFactors(
      other: users.composed, otherRows: table.userCount, errors: &turned, precision: precision,
      prior: prior, members: (users.starts, users.others), random: &random)
  }

  /// The errors anew from the parameters (and, where ratings are grades, from drawn hidden values), with the
  /// precision of their noise; the constant is drawn on the way.
  private mutating func drawErrors(isLearning: Bool) -> Float {
    let sums = sums()
    if var thresholds {
      thresholds.draw(sums: sums, isLearning: isLearning, random: &random)
      thresholds.drawErrors(sums: sums, into: &errors, random: &random)
      self.thresholds = thresholds
      loss = errors.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(table.count)
      return 1
    }
    var (total, squares) = (0.0, 0.0)
    for (place, sum) in sums.enumerated() {
      let error = (table.values[place] - table.mean) / scale - sum
      errors[place] = error
      total += Double(error)
      squares += Double(error) * Double(error)
    }
    let count = Double(table.count)
    loss = squares / count * Double(scale * scale)
    let precision = random.gamma(shape: 1 + count / 2, rate: 1 + 0.5 * squares)
    let change = Float(total / count + random.nextDouble() / (precision * count).squareRoot())
    constant += change
    for place in errors.indices { errors[place] -= change }
    return Float(precision)
  }

  private func sums() -> [Float] {
    var sums = [Float](repeating: constant, count: table.count)
    for user in 0..<table.userCount {
      for place in table.ratings(ofUser: user) {
        sums[place] += users.biases[user] + items.biases[Int(table.items[place])]
      }
    }
    for factor in 0..<factors { add(factor, to: &sums) }
    return sums
  }

  /// Adds a factor's products to the sums of all ratings.
  private func add(_ factor: Int, to sums: inout [Float]) {
    let (firstUser, firstItem) = (factor * table.userCount, factor * table.itemCount)
    sums.withUnsafeMutableBufferPointer { sums in
      items.composed.withUnsafeBufferPointer { vector in
        table.items.withUnsafeBufferPointer { items in
          for user in 0..<table.userCount {
            let value = users.composed[firstUser + user]
            for place in table.ratings(ofUser: user) {
              sums[place] += value * vector[firstItem + Int(items[place])]
            }
          }
        }
      }
    }
  }

  /// The parameters as they stand.
  func sample() -> BayesianSample {
    let link: RatingLink =
      thresholds.map { .ordinal(levels: $0.levels, thresholds: $0.thresholds) }
      ?? .gaussian(mean: table.mean, scale: scale)
    return BayesianSample(
      constant: constant, userBiases: users.biases, itemBiases: items.biases,
      userFactors: Self.byRow(users.own, rows: table.userCount, factors: factors),
      implicitFactors: Self.byRow(users.implicit, rows: table.itemCount, factors: factors),
      itemFactors: Self.byRow(items.composed, rows: table.itemCount, factors: factors),
      ratings: link.table(table.range))
  }

  private static func byRow(_ values: [Float], rows: Int, factors: Int) -> [Float] {
    var turned = [Float](repeating: 0, count: values.count)
    for factor in 0..<factors {
      for row in 0..<rows { turned[row * factors + factor] = values[factor * rows + row] }
    }
    return turned
  }
}
