import LinearAlgebra

/// Users and items as vectors: a score is their product.
struct FactorModel: FittedRecommender {
  let users: FactorTable
  let items: FactorTable
  /// Of users whose histories are not those that were learned from.
  let foldIn: any FoldIn
  /// How many users took each item: the scores for who took nothing.
  let popularity: [Float]
  let found: [String: SettingValue]

  func score(
    _ range: Range<Int>, _ asked: AskedHistories,
    into scores: UnsafeMutableBufferPointer<Float>
  ) {
    guard let target = scores.baseAddress, items.count > 0 else { return }
    if asked.areLearned {
      users.matrix.withUnsafeValues { values in
        guard let values = values.baseAddress else { return }
        items.products(
          with: values + range.lowerBound * users.width, count: range.count, into: target)
      }
    } else {
      let vectors = foldIn.vectors(range, asked.histories, items: items)
      items.products(with: vectors, count: range.count, into: target)
    }
    for (place, user) in range.enumerated() where asked.histories.range(user).isEmpty {
      (target + place * items.count).update(from: popularity, count: items.count)
    }
  }
}
