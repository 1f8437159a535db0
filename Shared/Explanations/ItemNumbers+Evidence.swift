import RecommendationCore

extension ItemNumbers {
  /// The evidence that the numbers give: that of the claim first, then rule, exploration, past items, shared
  /// categories, trending and the ranker's features, each by strength.
  func evidence(maximum: Int, first claim: Claim?) -> [Evidence] {
    var claimed: [Evidence] = []
    var others: [Evidence] = []
    for (evidence, isClaimed) in all(claim) {
      if isClaimed { claimed.append(evidence) } else { others.append(evidence) }
    }
    return Array((claimed + others).prefix(max(0, maximum)))
  }

  private func all(_ claim: Claim?) -> [(Evidence, isClaimed: Bool)] {
    var pieces: [(Evidence, isClaimed: Bool)] = []
    if !ruleID.isEmpty {
      var isClaimed = false
      if case .rule = claim { isClaimed = true }
      pieces.append((Evidence(kind: .rule, value: 1, name: ruleID), isClaimed))
    }
    if propensity > 0 {
      var isClaimed = false
      if case .exploration = claim { isClaimed = true }
      pieces.append(
        (Evidence(kind: .exploration, value: propensity, total: 1, name: "propensity"), isClaimed))
    }
    var named: Set<ItemID> = []
    if case .pastItems(let items) = claim { named = Set(items.map(\.item)) }
    for past in pastItems {
      pieces.append(
        (
          Evidence(kind: .pastItem, item: past.item, value: past.contribution, total: score),
          named.contains(past.item)
        ))
    }
    for share in categories {
      var isClaimed = false
      if case .taste(share.categories, share.count, share.of, share.basis) = claim {
        isClaimed = true
      }
      pieces.append(
        (
          Evidence(
            kind: .sharedAttribute, value: Double(share.count), total: Double(share.of),
            name: "category", text: share.categories.joined(separator: ", ")),
          isClaimed
        ))
    }
    if let trending {
      var isClaimed = false
      if case .trending = claim { isClaimed = true }
      pieces.append(
        (
          Evidence(
            kind: .trending, value: trending.score, name: "trending",
            text: "\(trending.place) of \(trending.of)"),
          isClaimed
        ))
    }
    for part in rankerParts.parts {
      pieces.append(
        (
          Evidence(
            kind: .rankerFeature, value: part.value, total: rankerParts.score, name: part.feature),
          false
        ))
    }
    return pieces
  }
}
