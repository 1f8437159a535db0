import Artifacts
import Models
import RecommendationCore
import ServiceRuntime

/// What people go on to like soon after the last few items of this session: needs no account, only what was
/// looked at a moment ago, in its order.
struct CoLikedSessionSource: CandidateSource {
  let name = "co-liked-session"
  let summary = "Items that people go on to like soon after the last few acts."
  let isCheap = true
  private let models: LabelledModel<NeighbourRetriever>

  init(registry: ModelRegistry, label: String) {
    models = LabelledModel(
      registry: registry, kind: ItemNeighbours.Relation.followed.rawValue, label: label
    ) { try NeighbourRetriever($0) }
  }

  var version: String { models.version }
  var itemCount: Int { models.current?.model.model.items.count ?? 0 }
  func refresh() throws -> [LabelChange] { try models.refresh() }

  func retrieve(_ query: CandidateQuery, quota: Int, budget: TimeBudget) throws -> SourceReply {
    guard let entry = models.current else { return SourceReply(outcome: models.absence) }
    return try entry.model.reply(query, quota: quota, version: entry.version)
  }
}
