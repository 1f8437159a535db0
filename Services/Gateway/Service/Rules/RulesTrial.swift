import BusinessRules
import Catalogue
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import StagePipeline

/// What rules would change in slates sent of late: each is made again from the ranking in its trace, under the new
/// rules.
///
/// Items that the slate's own rules kept from being ranked have no score: where new rules let them back in, the
/// trial cannot tell their place and leaves them out.
struct RulesTrial {
  private static let toldChanges = 100

  let book: RuleBook
  /// First pages: a later page's ranking is that of its first one.
  let slates: [RequestTrace]
  let catalogue: CatalogueSnapshot

  /// - Throws: ``CatalogueError`` for conditions that cannot mean anything.
  func response() throws -> Recsys_Gateway_V1_SetRulesResponse {
    var response = Recsys_Gateway_V1_SetRulesResponse()
    response.version = book.version
    let matcher = book.isOff ? nil : try RuleMatcher(book, catalogue: catalogue)
    for trace in slates {
      let request = trace.initial.request
      let rules = matcher.flatMap {
        ActiveRules($0, now: request.now, surface: request.context.surface)
      }
      let made = try make(trace, rules)
      response.slatesChecked += 1
      for rule in try effective(trace, made, rules) {
        response.slatesChangedByRule[rule, default: 0] += 1
      }
      guard made != trace.slate else { continue }
      response.slatesChanged += 1
      if response.changes.count < Self.toldChanges {
        response.changes.append(change(trace, made))
      }
    }
    return response
  }

  /// The slate under some rules.
  private func make(_ trace: RequestTrace, _ rules: ActiveRules?) throws -> [ItemID] {
    let request = trace.initial.request
    var query = RecommendQuery(
      request: request,
      filter: try catalogue.compile(request.filter, nowMilliseconds: request.now), ranker: nil)
    query.user = trace.result.query.user
    query.rules = rules
    var candidates = trace.result.ranked
    if let rules {
      let known = KeySlots(candidates.map(\.id.rawValue))
      let seen = KeySlots(query.request.insistsOnUnseen ? query.user.seen : [])
      for item in rules.pins.flatMap(\.items).withoutRepeats()
      where !known.contains(item.rawValue) && !seen.contains(item.rawValue) {
        candidates.append(SlateCandidate(id: item, score: .nan, firstHit: 0, hitCount: 0))
      }
      candidates = try EligibilityFilter().filter(candidates, for: query).kept
      if rules.hasBlocks { candidates = try RulesFilter().filter(candidates, for: query).kept }
    }
    return try DiversitySelector().select(candidates, for: &query).map(\.id)
  }

  /// The rules without which the slate would be another: each in force is left out alone.
  private func effective(
    _ trace: RequestTrace, _ made: [ItemID], _ rules: ActiveRules?
  ) throws -> [String] {
    guard let rules else { return [] }
    return try rules.inForce.filter { index in
      guard mayMatter(index, trace, rules) else { return false }
      return try make(trace, rules.without(index)) != made
    }.map { rules.id($0) }
  }

  /// Whether a rule means any candidate at all: most mean none, and need no slate to be made without them.
  private func mayMatter(_ rule: Int, _ trace: RequestTrace, _ rules: ActiveRules) -> Bool {
    if case .pin = rules.matcher.book.rules[rule].kind { return true }
    var found: [Int] = []
    return trace.result.ranked.contains { candidate in
      rules.match(candidate.id, in: catalogue, found: &found)
      return found.contains(rule)
    }
  }

  private func change(
    _ trace: RequestTrace, _ made: [ItemID]
  ) -> Recsys_Gateway_V1_RuleChange {
    func names(_ items: [ItemID], notIn others: [ItemID]) -> [String] {
      items.filter { !others.contains($0) }.map {
        catalogue.item($0)?.externalID ?? trace.initial.catalogue.item($0)?.externalID ?? "?"
      }
    }
    let slate = trace.slate
    var change = Recsys_Gateway_V1_RuleChange()
    change.requestID = trace.requestID
    change.enteringItemIds = names(made, notIn: slate)
    change.leavingItemIds = names(slate, notIn: made)
    let moved = made.enumerated().count { place, item in
      slate.firstIndex(of: item).map { $0 != place } ?? false
    }
    change.movedCount = UInt32(clamping: moved)
    return change
  }
}

extension RequestTrace {
  /// The slate that was sent.
  fileprivate var slate: [ItemID] { result.slate.map(\.id) }
}
