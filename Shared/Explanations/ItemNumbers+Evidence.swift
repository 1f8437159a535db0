import RecommendationCore

extension ItemNumbers {
  /// The evidence that the numbers give: that of the claim first, then rule, exploration, past items, the
  /// neighbour by description, shared categories, trending and the ranker's features, each by strength.
  func evidence(maximum: Int, first claim: Claim?) -> [Evidence] {
    var chosen = ChosenEvidence(maximum: max(0, maximum))
    addPlacement(claim, to: &chosen)
    addPast(claim, to: &chosen)
    if let neighbour {
      var isClaimed = false
      if case .contentNeighbour = claim { isClaimed = true }
      chosen.add(
        isClaimed,
        Evidence(
          kind: .contentNeighbour, item: neighbour.item, value: neighbour.cosine, name: "content"))
    }
    for share in categories {
      var isClaimed = false
      if case .taste(share.categories, share.count, share.of, share.basis) = claim {
        isClaimed = true
      }
      chosen.add(
        isClaimed,
        Evidence(
          kind: .sharedAttribute, value: Double(share.count), total: Double(share.of),
          name: "category", text: share.categories.joined(separator: ", ")))
    }
    if let trending {
      var isClaimed = false
      if case .trending = claim { isClaimed = true }
      chosen.add(
        isClaimed,
        Evidence(
          kind: .trending, value: trending.score, name: "trending",
          text: "\(trending.place) of \(trending.of)"))
    }
    for part in rankerParts.parts {
      chosen.add(
        false,
        Evidence(
          kind: .rankerFeature, value: part.value, total: rankerParts.score, name: part.feature))
    }
    return chosen.all
  }

  /// What put the item there whatever the user likes.
  private func addPlacement(_ claim: Claim?, to chosen: inout ChosenEvidence) {
    if !ruleID.isEmpty {
      var isClaimed = false
      if case .rule = claim { isClaimed = true }
      chosen.add(isClaimed, Evidence(kind: .rule, value: 1, name: ruleID))
    }
    if propensity > 0 {
      var isClaimed = false
      if case .exploration = claim { isClaimed = true }
      chosen.add(
        isClaimed, Evidence(kind: .exploration, value: propensity, total: 1, name: "propensity"))
    }
  }

  private func addPast(_ claim: Claim?, to chosen: inout ChosenEvidence) {
    var named: [Claim.NamedItem] = []
    if case .pastItems(let items) = claim { named = items }
    for past in pastItems {
      // A sentence names three items at most.
      chosen.add(
        named.contains { $0.item == past.item },
        Evidence(kind: .pastItem, item: past.item, value: past.contribution, total: score))
    }
  }
}

/// The first pieces of evidence, those of the claim before the others. What will not be shown is not made.
private struct ChosenEvidence {
  let maximum: Int
  private var claimed: [Evidence] = []
  private var others: [Evidence] = []

  init(maximum: Int) { self.maximum = maximum }

  mutating func add(_ isClaimed: Bool, _ evidence: @autoclosure () -> Evidence) {
    if isClaimed {
      if claimed.count < maximum { claimed.append(evidence()) }
    } else if others.count < maximum {
      others.append(evidence())
    }
  }

  var all: [Evidence] {
    guard !claimed.isEmpty else { return others }
    return claimed + others.prefix(maximum - claimed.count)
  }
}
