import Artifacts
import Models
import RecommendationCore
import ServiceRuntime
import VectorSearch

/// What is liked these days by all: popularity that fades. Serves everybody, also those of whom nothing is
/// known.
struct TrendingSource: CandidateSource {
  /// A loaded model.
  private struct Loaded: Sendable {
    let model: TrendingModel
    let filters: ModelRowFilters
  }

  let name = "trending"
  let summary = "Items liked most of late; older likes count less."
  let isCheap = true
  private let models: LabelledModel<Loaded>

  init(registry: ModelRegistry, label: String) {
    models = LabelledModel(registry: registry, kind: TrendingModel.kind, label: label) { bundle in
      let model = try TrendingModel(bundle: bundle)
      return Loaded(model: model, filters: ModelRowFilters(model.scores.items))
    }
  }

  var version: String { models.version }
  var itemCount: Int { models.current?.model.model.scores.ranking.count ?? 0 }
  func refresh() throws -> [LabelChange] { try models.refresh() }

  func retrieve(_ query: CandidateQuery, quota: Int, budget: TimeBudget) throws -> SourceReply {
    guard let entry = models.current else { return SourceReply(outcome: models.absence) }
    let allowed = try entry.model.filters.rows(query)
    let scores = entry.model.model.scores
    var list = CandidateList()
    for (place, row) in scores.ranking.enumerated() {
      if list.items.count == quota { break }
      if place % 1024 == 1023, budget.isSpent {
        return SourceReply(outcome: .timedOut(list), version: entry.version)
      }
      guard allowed.allows(Int(row)) else { continue }
      list.append(scores.items.ids[Int(row)], scores.scores[Int(row)])
    }
    return SourceReply(outcome: .found(list), version: entry.version)
  }
}
