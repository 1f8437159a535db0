import LinearAlgebra

/// Predicted ratings of a model of biases and factors: `mean + b_u + b_i + p_u · q_i`, within the range of the
/// ratings seen.
///
/// A history carries no ratings. So a user is what was learned of the user's ratings; where ``implicit`` is
/// there, another history than the learned one changes the part of `p_u` that comes from it (SVD++).
struct FactorRatings: FittedRecommender {
  var mean: Float
  var userBiases: [Float]
  var itemBiases: [Float]
  /// Users × factors: what was learned from ratings alone.
  var userFactors: Matrix
  /// Items × factors.
  var itemFactors: Matrix
  /// Items × factors: what having taken an item says of a user, whatever its rating; nil: nothing.
  var implicit: Matrix?
  /// `p_u` with the part of the learned history; equal to ``userFactors`` without ``implicit``.
  var composedUsers: Matrix
  var range: ClosedRange<Float>
  var found: [String: SettingValue] = [:]

  func score(
    _ users: Range<Int>, _ asked: AskedHistories, into target: UnsafeMutableBufferPointer<Float>
  ) {
    let (width, items) = (itemFactors.columns, itemFactors.rows)
    guard let scores = target.baseAddress, items > 0 else { return }
    for index in 0..<(users.count * items) { scores[index] = 0 }
    if width > 0 {
      let vectors = users.flatMap { user in
        asked.areLearned || implicit == nil
          ? Array(composedUsers.row(user)) : composed(user, asked.histories[user])
      }
      itemFactors.withUnsafeValues { factors in
        guard let factors = factors.baseAddress else { return }
        Kernels.multiplyByTransposed(
          vectors, leftRows: users.count, factors, rightRows: items, columns: width, into: scores)
      }
    }
    for (place, user) in users.enumerated() {
      let base = mean + userBiases[user]
      for item in 0..<items {
        let score = base + itemBiases[item] + scores[place * items + item]
        scores[place * items + item] = min(max(score, range.lowerBound), range.upperBound)
      }
    }
  }

  /// A user's factors from what was learned of the user and a history.
  private func composed(_ user: Int, _ history: ArraySlice<Int32>) -> [Float] {
    var vector = Array(userFactors.row(user))
    guard let implicit else { return vector }
    let items = Set(history)
    let scale = 1 / Float(max(1, items.count)).squareRoot()
    // In order, so that the sum does not depend on the set's own order.
    for item in items.sorted() {
      for (factor, value) in implicit.row(Int(item)).enumerated() {
        vector[factor] += value * scale
      }
    }
    return vector
  }
}
