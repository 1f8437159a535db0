import RecommendationCore
import StagePipeline

/// Takes out what a rule blocks. The reason names the rule.
struct RulesFilter: CandidateFilter {
  static let reasonPrefix = "rule/"

  func isEnabled(for query: RecommendQuery) -> Bool { query.rules?.hasBlocks ?? false }

  func filter(_ candidates: [SlateCandidate], for query: RecommendQuery) throws
    -> Filtered<SlateCandidate>
  {
    guard let rules = query.rules else { return Filtered(kept: candidates) }
    var found: [Int] = []
    return Filtered(candidates) { candidate in
      rules.block(candidate.id, in: query.catalogue, found: &found).map {
        RemovalReason(rawValue: Self.reasonPrefix + rules.id($0))
      }
    }
  }
}
