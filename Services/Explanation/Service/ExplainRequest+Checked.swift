import Explanations
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// A request whose limits have been checked.
struct CheckedExplainRequest: Sendable {
  /// Most pieces of evidence an item, and the number when none is asked for.
  static let evidenceLimit = 20
  static let evidenceDefault = 3

  let entries: [Explainer.Entry]
  let history: History
  let locale: String
  let maximumEvidence: Int

  init(_ request: Recsys_Explanation_V1_ExplainRequest) throws {
    var checks = FieldChecks()
    history = checks.within("history") { History(proto: request.history, &$0) }
    if checks.count(request.items.count, "items", atLeast: 1, atMost: Limits.slateCount) {
      for (index, item) in request.items.enumerated() {
        checks.within("items", index) { Self.check(item, &$0) }
      }
    }
    checks.text(request.locale, "locale", limit: Limits.nameBytes)
    checks.range(Int(request.maxEvidence), "max_evidence", 0...Self.evidenceLimit)
    try checks.finish()
    entries = request.items.map {
      Explainer.Entry(item: ItemID(rawValue: $0.itemKey), sources: $0.sources)
    }
    let locales = [request.locale, request.context.locale, "en"]
    locale = locales.first { !$0.isEmpty } ?? "en"
    maximumEvidence =
      request.maxEvidence == 0 ? Self.evidenceDefault : Int(request.maxEvidence)
  }

  private static func check(
    _ item: Recsys_Explanation_V1_SlateItem, _ checks: inout FieldChecks
  ) {
    checks.require(item.itemKey != 0, "item_key", "is required")
    checks.count(item.sources.count, "sources", atMost: Limits.sourceCount)
    checks.require(
      item.sourceRanks.isEmpty || item.sourceRanks.count == item.sources.count, "source_ranks",
      "must have as many values as sources")
  }
}
