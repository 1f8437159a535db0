import Artifacts
import LinearAlgebra
import Models
import RecommendationCore
import ServiceRuntime
import VectorSearch

/// Items whose factors point where the user's do (Hu, Koren, Volinsky 2008): the user's vector is folded in
/// from the live history, so that a like counts in the next request.
struct ALSSource: CandidateSource {
  let name = ALSModel.kind
  let summary = "Items liked by people who like what this user likes (matrix factorisation)."
  private let label: String
  private let models: LoadedModels<ALSRetriever>

  init(registry: ModelRegistry, configuration: CandidatesConfiguration) {
    label = configuration.alsLabel
    models = LoadedModels(registry: registry, kind: ALSModel.kind) { manifest, registry in
      let bundle = try registry.open(kind: manifest.kind, version: manifest.version)
      return try ALSRetriever(ALSModel(bundle: bundle), configuration: configuration)
    }
  }

  /// The model that the label gives.
  var current: LoadedModels<ALSRetriever>.Entry? { models.entry(label: label) }
  var version: String { current?.version ?? "" }
  var itemCount: Int { current?.model.model.items.count ?? 0 }

  /// Where the search is exact and short.
  var isCheap: Bool { itemCount <= 20_000 }
  func refresh() throws -> [LabelChange] {
    try models.refreshedLabels()
  }

  func retrieve(_ query: CandidateQuery, quota: Int, budget: TimeBudget) throws -> SourceReply {
    guard let entry = current else {
      return SourceReply(outcome: .failed(reason: "no als bundle is labelled \(label)"))
    }
    var reply = SourceReply(outcome: .timedOut(CandidateList()), version: entry.version)
    let model = entry.model.model
    let user = try model.foldIn(query.history, rows: query.historyItems.rows(in: model.items))
    reply.missing = user.missing
    if user.known.isEmpty {
      let reason =
        query.history.isEmpty
        ? "the user has no history" : "the model knows nothing that the user liked"
      reply.outcome = .notApplicable(reason: reason)
    } else if !budget.isSpent {
      reply.outcome = .found(try entry.model.nearest(user, query, count: quota))
    }
    return reply
  }
}
