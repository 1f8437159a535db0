import RecommendationCore

extension ItemNumbers {
  /// The evidence that the numbers give: that of the claim first, then past items, shared categories
  /// and trending, each by strength.
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
    return pieces
  }
}
