import Artifacts
import Models
import RecommendationCore
import ServiceRuntime

/// Items that the same people like as what this user liked: neighbours worked out beforehand (Linden, Smith,
/// York 2003), summed over the newest likes.
struct ItemToItemSource: CandidateSource {
  let name = "item-to-item"
  let summary = "Items liked by the people who like the same single items (neighbours)."
  let isCheap = true
  private let models: LabelledModel<NeighbourRetriever>

  init(registry: ModelRegistry, label: String) {
    models = LabelledModel(
      registry: registry, kind: ItemNeighbours.Relation.coLiked.rawValue, label: label
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
