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
    let contributions = Self.contributions(request, &checks)
    try checks.finish()
    let most =
      request.maxEvidence == 0 ? Self.evidenceDefault : Int(request.maxEvidence)
    entries = request.items.enumerated().map { place, item in
      var entry = Explainer.Entry(item: ItemID(rawValue: item.itemKey), sources: item.sources)
      entry.ruleID = item.ruleID
      entry.propensity = item.propensity
      if let contributions {
        let columns = contributions.columns
        entry.rankerParts = RankerParts(
          row: contributions.values[place * columns..<(place + 1) * columns],
          names: request.contributionNames, most: most)
      }
      return entry
    }
    let locales = [request.locale, request.context.locale, "en"]
    locale = locales.first { !$0.isEmpty } ?? "en"
    maximumEvidence = most
  }

  /// The ranker's contributions, a row an item; nil where there are none.
  private static func contributions(
    _ request: Recsys_Explanation_V1_ExplainRequest, _ checks: inout FieldChecks
  ) -> FeatureMatrix? {
    guard request.hasContributions, request.contributions.rows > 0 else { return nil }
    checks.count(
      request.contributionNames.count, "contribution_names", atMost: Limits.featureCount)
    let rows = Int(request.contributions.rows)
    let columns = Int(request.contributions.columns)
    guard
      checks.require(
        rows == request.items.count && columns == request.contributionNames.count + 1,
        "contributions", "must be items x (contribution_names + 1)")
    else { return nil }
    do {
      return try FeatureMatrix(proto: request.contributions)
    } catch {
      checks.refuse("contributions", "is not a matrix of its rows and columns")
      return nil
    }
  }

  private static func check(
    _ item: Recsys_Explanation_V1_SlateItem, _ checks: inout FieldChecks
  ) {
    checks.require(item.itemKey != 0, "item_key", "is required")
    checks.count(item.sources.count, "sources", atMost: Limits.sourceCount)
    checks.require(
      item.sourceRanks.isEmpty || item.sourceRanks.count == item.sources.count, "source_ranks",
      "must have as many values as sources")
    checks.require(
      item.sourceScores.isEmpty || item.sourceScores.count == item.sources.count, "source_scores",
      "must have as many values as sources")
    checks.text(item.ruleID, "rule_id", limit: Limits.nameBytes)
    checks.require((0...1).contains(item.propensity), "propensity", "must be from 0 to 1")
  }
}
