import Artifacts
import Models
import RecommendationCore
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
  private let label: String
  private let models: LoadedModels<Loaded>

  init(registry: ModelRegistry, label: String) {
    self.label = label
    models = LoadedModels(registry: registry, kind: TrendingModel.kind) { manifest, registry in
      let model = try TrendingModel(
        bundle: registry.open(kind: manifest.kind, version: manifest.version))
      return Loaded(model: model, filters: ModelRowFilters(model.scores.items))
    }
  }

  var version: String { models.entry(label: label)?.version ?? "" }
  var itemCount: Int { models.entry(label: label)?.model.model.scores.ranking.count ?? 0 }

  func refresh() throws -> [BundleChange] {
    try models.refresh().map { BundleChange($0, kind: models.kind) }
  }

  func retrieve(_ query: CandidateQuery, quota: Int, budget: TimeBudget) throws -> SourceReply {
    guard let entry = models.entry(label: label) else {
      return SourceReply(outcome: .failed(reason: "no trending bundle is labelled \(label)"))
    }
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
