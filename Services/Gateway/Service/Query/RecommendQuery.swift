import Catalogue
import RecommendationCore
import RecommendationProtos
import StagePipeline

/// A Recommend on its way: what was asked, what the moment is like, and what stages found out so far.
struct RecommendQuery: PipelineQuery {
  /// What was asked; no stage changes it.
  var request: AdmittedRequest
  /// The request's filter, made ready for one snapshot of the catalogue: all stages see the same one.
  var filter: CompiledFilter
  /// Share of the candidates that it is made from: below 1 while the gateway is overloaded.
  var width = 1.0
  /// What the ranker wants, pinned for the whole request; nil while no ranker has told.
  var ranker: RankerDescription?
  /// The ranking of the first page, where this is a later one and it is still here.
  var page: SlateSnapshot?
  /// The user, once hydrated.
  var user = UserState.unknown
  /// What the sources found, as it was merged.
  var retrieved: [RetrievedList] = []
  /// Where the candidates came from.
  var provenance = Provenance()
  /// Item and interaction features, a row a candidate.
  var itemFeatures: Recsys_Common_V1_Matrix?
  /// What the ranker was asked to score, and its scores in that order; empty where it did not answer.
  var scoredItems: [UInt64] = []
  var scores: [Float] = []
  /// The business rules in force; nil: none is.
  var rules: ActiveRules?
  /// The rules that moved items of the slate.
  var ruleIDs: [ItemID: [String]] = [:]
  /// Items that were put into the slate to learn of them.
  var explored: [Provenance.Drawn] = []
  /// What spreading the slate did.
  var diversity: DiversityOutcome?
  /// Reasons, one an item of the slate; empty where there are none.
  var reasons: [Recsys_Explanation_V1_Reason] = []
  /// What took part in the answer.
  var versions: [ComponentVersion] = []
  /// The answers of other services, where this run is not to ask them.
  var playback: Playback?

  var catalogue: CatalogueSnapshot { filter.snapshot }
  var candidatesWanted: Int { request.shown.count + request.count }
  var slateWanted: Int { request.count }

  /// A number of candidates in the request's width; never fewer than the slate needs.
  func narrowed(_ count: Int) -> Int {
    width < 1 ? max(min(count, candidatesWanted), Int(Double(count) * width)) : count
  }

  /// Notes a component that took part; the last word about one counts.
  mutating func took(_ component: String, version: String) {
    guard !version.isEmpty else { return }
    versions.removeAll { $0.component == component }
    versions.append(ComponentVersion(component: component, version: version))
  }
}
