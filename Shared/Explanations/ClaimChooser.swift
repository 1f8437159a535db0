/// Chooses what to say of an item: the strongest claim that its numbers bear, or nothing.
///
/// The order is: past items, if a source that looks at the past found the item and few of them carry a real
/// share of its score; then the user's taste for its categories; then its place among what is liked
/// these days.
struct ClaimChooser {
  /// Least share of the positive contributions that the named items carry together.
  static let leastShare = 0.2
  /// Most items that a sentence names.
  static let mostNamed = 3
  /// A further item is named only if its contribution is at least this part of the first one's.
  static let leastOfFirst = 0.5
  /// Least number of past items that make a taste.
  static let leastCount = 3
  /// Worst place that counts as popular, and worst as part of the catalogue.
  static let worstPlace = 100
  static let worstPart = 0.1

  /// Most pieces of evidence that will be shown: a sentence never names more.
  var maximumEvidence: Int

  func claim(_ numbers: ItemNumbers) -> Claim? {
    pastItems(numbers) ?? taste(numbers) ?? trending(numbers)
  }

  private func pastItems(_ numbers: ItemNumbers) -> Claim? {
    guard numbers.isPersonal, numbers.score > 0, numbers.positiveTotal > 0,
      let first = numbers.pastItems.first
    else { return nil }
    var named: [ItemNumbers.PastItem] = []
    var sum = 0.0
    for past in numbers.pastItems.prefix(min(Self.mostNamed, maximumEvidence)) {
      let isStrong = past.contribution >= first.contribution * Self.leastOfFirst
      guard isStrong || sum < numbers.positiveTotal * Self.leastShare else { break }
      named.append(past)
      sum += past.contribution
    }
    guard sum >= numbers.positiveTotal * Self.leastShare else { return nil }
    return .pastItems(
      named.map { Claim.NamedItem(item: $0.item, title: $0.title, act: $0.act) })
  }

  private func taste(_ numbers: ItemNumbers) -> Claim? {
    let best = numbers.categories.first {
      $0.count >= Self.leastCount && Double($0.count) >= Double($0.of) * Self.leastShare
    }
    return best.map {
      .taste(categories: $0.categories, count: $0.count, of: $0.of, basis: $0.basis)
    }
  }

  private func trending(_ numbers: ItemNumbers) -> Claim? {
    guard let trending = numbers.trending, trending.score > 0,
      trending.place <= Self.worstPlace,
      Double(trending.place) <= max(1, Double(trending.of) * Self.worstPart)
    else { return nil }
    return .trending(place: trending.place, of: trending.of)
  }
}
