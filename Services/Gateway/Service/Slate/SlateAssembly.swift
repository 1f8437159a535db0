import BusinessRules
import Catalogue
import RecommendationCore
import RecommendationProtos
import Reranking

/// The problem of one page: from candidates, the request's options, what earlier pages showed, and the rules in force.
/// What is not asked for is not looked at.
struct SlateAssembly {
  /// So many of the items shown last take part in the choice of later ones.
  private static let knownBefore = 60
  private static let millisecondsADay = 86_400_000.0

  private let query: RecommendQuery
  private let all: [SlateCandidate]
  /// Places in `all` of the candidates to choose from: those that no earlier page showed, nor a later one keeps.
  let open: [Int]
  private let before: [ItemID]
  private let page: PagePins

  init(_ candidates: [SlateCandidate], for query: RecommendQuery) {
    self.query = query
    all = candidates
    let request = query.request
    before = Array(request.shown.suffix(Self.knownBefore))
    page = PagePins(candidates, for: query)
    if request.shown.isEmpty && page.heldBack.isEmpty {
      open = Array(candidates.indices)
    } else {
      let shown = KeySlots(request.shown.map(\.rawValue))
      let held = Set(page.heldBack)
      open = candidates.indices.filter {
        !shown.contains(candidates[$0].id.rawValue) && !held.contains(candidates[$0].id)
      }
    }
  }

  /// The items to choose from, those before the page, then the user's past.
  private func items(withPast: Bool) -> SlateGroups {
    var items = open.map { all[$0].id } + before
    if withPast { items += query.user.history.itemKeys.lazy.map { ItemID(rawValue: $0) } }
    return SlateGroups(catalogue: query.catalogue, items: items)
  }

  /// The whole problem.
  func problem() -> SlateProblem {
    let wish = query.request.diversity
    let relevance = Self.strictlyFalling(all)
    var problem = SlateProblem(
      items: open.map { all[$0].id }, relevance: open.map { relevance[$0] },
      count: query.request.count, before: before.count)
    if !query.request.shown.isEmpty { problem.range = Self.range(relevance) }
    let wantsPast = wish.calibration > 0 || wish.serendipity > 0
    let groups = items(withPast: wantsPast)
    spread(&problem, wish, groups)
    if wish.hasFactors { problem.factors = factors(wish, groups) }
    if let rules = query.rules { obey(rules, &problem, relevance) }
    return problem
  }

  /// Similarity of candidates alone: what the report of an unspread slate needs.
  static func similarity(of items: [ItemID], in catalogue: CatalogueSnapshot) -> SetSimilarity {
    if catalogue.hasCategoryBits {
      return SetSimilarity(words: items.map { catalogue.categoryBits(of: $0) })
    }
    return SetSimilarity(SlateGroups(catalogue: catalogue, items: items).categories)
  }

  // MARK: Spread

  private func spread(
    _ problem: inout SlateProblem, _ wish: AdmittedRequest.Diversity, _ groups: SlateGroups
  ) {
    problem.similarity = Self.similarity(
      of: Array(groups.items.prefix(open.count + before.count)), in: query.catalogue)
    var known: [String: ItemGroups] = [:]
    func by(_ attribute: String) -> ItemGroups {
      if let groups = known[attribute] { return groups }
      let own = groups.groups(by: attribute)
      known[attribute] = own
      return own
    }
    let category = AdmittedRequest.Diversity.category
    if let maximum = wish.maximumPerCategory {
      problem.caps.append(SlateCap(name: category, maximum: maximum, groups: by(category)))
    }
    for cap in wish.caps {
      problem.caps.append(
        SlateCap(name: cap.attribute, maximum: cap.maximum, groups: by(cap.attribute)))
    }
    for window in wish.windows {
      problem.windows.append(
        SlateWindow(
          name: window.attribute, length: window.length, maximum: window.maximum,
          groups: by(window.attribute)))
    }
    if wish.calibration > 0 {
      let groups = by(category)
      problem.calibration = SlateCalibration(
        weight: wish.calibration, mass: tastes(groups), groups: groups)
    }
  }

  /// What the user's liked items weigh in each category.
  private func tastes(_ groups: ItemGroups) -> [Double] {
    groups.mass(from: open.count + before.count, weights: query.user.history.weights)
  }

  private func factors(_ wish: AdmittedRequest.Diversity, _ groups: SlateGroups) -> [Float] {
    var factors = [Float](repeating: 1, count: open.count)
    func multiply(_ others: [Float]) {
      for index in factors.indices { factors[index] *= others[index] }
    }
    if wish.freshness > 0 {
      let now = query.request.now
      multiply(
        open.map { place in
          let release = query.catalogue.releaseMilliseconds(of: all[place].id)
          return Freshness.factor(
            ageDays: release.map { Double(now - $0) / Self.millisecondsADay },
            halfLifeDays: query.request.freshnessHalfLifeDays, weight: wish.freshness)
        })
    }
    if wish.serendipity > 0 {
      multiply(
        Unexpectedness.factors(
          candidates: open.count, groups: groups.categories,
          firstKnown: open.count + before.count, known: query.user.history.weights,
          weight: wish.serendipity))
    }
    if wish.popularityPenalty > 0 {
      multiply(
        PopularityBias.factors(
          logCounts: open.map { all[$0].popularity }, weight: wish.popularityPenalty))
    }
    return factors
  }

  // MARK: Rules

  private func obey(_ rules: ActiveRules, _ problem: inout SlateProblem, _ relevance: [Float]) {
    problem.pins = page.pins(among: problem.items)
    guard rules.hasMoves || !rules.quotas.isEmpty else { return }
    let unit = rules.hasMoves ? Self.deviation(relevance) : 0
    var boosts = [Float](repeating: 0, count: open.count)
    var members = rules.quotas.map { _ in [Bool](repeating: false, count: open.count) }
    var found: [Int] = []
    for (index, place) in open.enumerated() {
      rules.match(all[place].id, in: query.catalogue, found: &found)
      for rule in found {
        switch rules.matcher.book.rules[rule].kind {
        case .move(let strength): boosts[index] += Float(strength) * unit
        case .quota:
          if let quota = rules.quotas.firstIndex(of: rule) { members[quota][index] = true }
        case .pin, .block: break
        }
      }
    }
    if rules.hasMoves { problem.boosts = boosts }
    problem.quotas = zip(rules.quotas, members).compactMap { rule, members in
      guard case .quota(let minimum, let maximum) = rules.matcher.book.rules[rule].kind else {
        return nil
      }
      return SlateQuota(minimum: minimum, maximum: maximum, members: members)
    }
  }

  /// Which rules moved each item of a slate.
  func ruleIDs(of choice: SlateChoice, _ rules: ActiveRules) -> [ItemID: [String]] {
    var ids: [ItemID: [String]] = [:]
    var found: [Int] = []
    for (slot, index) in choice.indices.enumerated() {
      let item = all[open[index]].id
      var own: [Int] = []
      if let pin = page.rule(of: item) { own.append(pin) }
      if let quota = choice.quotaPlaces[slot] { own.append(rules.quotas[quota]) }
      if rules.hasMoves {
        rules.match(item, in: query.catalogue, found: &found)
        own += found.filter {
          if case .move = rules.matcher.book.rules[$0].kind { true } else { false }
        }
      }
      if !own.isEmpty { ids[item] = own.sorted().map { rules.id($0) } }
    }
    return ids
  }

  // MARK: Scores

  /// The scores, each below the one before it: among equals the order of the candidates counts, which is that of
  /// retrieval. (A ranker that knows nothing of a user gives all items one score, and the best known is then a
  /// better choice than the one with the smallest key.)
  private static func strictlyFalling(_ candidates: [SlateCandidate]) -> [Float] {
    var last = Float.infinity
    return candidates.map { candidate in
      guard candidate.score.isFinite else { return candidate.score }
      last = min(candidate.score, last.nextDown)
      return last
    }
  }

  /// The least and the greatest of falling scores.
  private static func range(_ falling: [Float]) -> ClosedRange<Float>? {
    guard let highest = falling.first(where: \.isFinite),
      let lowest = falling.last(where: \.isFinite)
    else { return nil }
    return lowest...highest
  }

  /// The standard deviation of the finite scores.
  private static func deviation(_ scores: [Float]) -> Float {
    let finite = scores.filter(\.isFinite).map(Double.init)
    guard finite.count > 1 else { return 0 }
    let mean = finite.reduce(0, +) / Double(finite.count)
    let variance = finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(finite.count)
    return Float(variance.squareRoot())
  }
}
