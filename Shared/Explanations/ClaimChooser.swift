/// Chooses what to say of an item: the strongest claim that its numbers bear, or nothing.
///
/// What put an item there whatever the user likes is said first, and openly: a business rule, or a draw to learn of
/// it. All other claims are compared on one scale from 0 to 1, the share of its own ground that a claim covers: past
/// items by the part of the positive contributions that the named ones carry, a neighbour by the part of the item's
/// vector that lies along it (the square of the cosine), a taste by the part of the latest
/// entries that have the categories, and what is liked these days by how far up it stands in the part of the
/// catalogue that may be called popular. What names the user's own items
/// counts for more than what tells of kinds, and that for more than what is true of everybody.
struct ClaimChooser {
  /// Least share of the positive contributions that the named items carry together.
  static let leastShare = 0.2
  /// Most items that a sentence names.
  static let mostNamed = 3
  /// A further item is named only if its contribution is at least this part of the first one's.
  static let leastOfFirst = 0.5
  /// Least cosine with an item that is called similar. In ML-1M about one in eighty films has more with a given one.
  static let leastCosine = 0.5
  /// Least number of past items that make a taste.
  static let leastCount = 3
  /// Worst place that counts as popular, and worst as part of the catalogue.
  static let worstPlace = 100
  static let worstPart = 0.1

  /// Most pieces of evidence that will be shown: a sentence never names more.
  var maximumEvidence: Int

  /// What a claim about kinds of items counts beside one that names items ...
  static let kindPart = 0.5
  /// ... and one about what everybody does.
  static let impersonalPart = 0.15

  func claim(_ numbers: ItemNumbers) -> Claim? {
    if !numbers.ruleID.isEmpty { return .rule(id: numbers.ruleID) }
    if numbers.propensity > 0 { return .exploration(probability: numbers.propensity) }
    // Of equals the first.
    var strongest: Rated?
    for rated in [
      pastItems(numbers), neighbour(numbers), taste(numbers), trending(numbers),
    ] {
      if let rated, rated.strength > strongest?.strength ?? 0 { strongest = rated }
    }
    return strongest?.claim
  }

  /// Whether so many of so many past items make a taste.
  static func isTaste(_ count: Int, of total: Int) -> Bool {
    count >= leastCount && Double(count) >= Double(total) * leastShare
  }

  /// A claim that the numbers bear, and how strong it is on the common scale.
  private struct Rated {
    var claim: Claim
    var strength: Double
  }

  private func pastItems(_ numbers: ItemNumbers) -> Rated? {
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
    return Rated(
      claim: .pastItems(
        named.map { Claim.NamedItem(item: $0.item, title: $0.title, act: $0.act) }),
      strength: sum / numbers.positiveTotal)
  }

  private func neighbour(_ numbers: ItemNumbers) -> Rated? {
    guard maximumEvidence > 0, let neighbour = numbers.neighbour,
      neighbour.cosine >= Self.leastCosine
    else { return nil }
    return Rated(
      claim: .contentNeighbour(
        Claim.NamedItem(item: neighbour.item, title: neighbour.title, act: neighbour.act),
        cosine: neighbour.cosine),
      strength: neighbour.cosine * neighbour.cosine)
  }

  private func taste(_ numbers: ItemNumbers) -> Rated? {
    numbers.categories.first { Self.isTaste($0.count, of: $0.of) }.map {
      Rated(
        claim: .taste(categories: $0.categories, count: $0.count, of: $0.of, basis: $0.basis),
        strength: Self.kindPart * Double($0.count) / Double($0.of))
    }
  }

  private func trending(_ numbers: ItemNumbers) -> Rated? {
    guard let trending = numbers.trending, trending.score > 0 else { return nil }
    let worst = min(Double(Self.worstPlace), max(1, Double(trending.of) * Self.worstPart))
    guard Double(trending.place) <= worst else { return nil }
    return Rated(
      claim: .trending(place: trending.place, of: trending.of),
      strength: Self.impersonalPart * (1 - Double(trending.place - 1) / worst))
  }
}
