import Artifacts
import RPC
import Rankers
import RecommendationProtos

/// Finds the model that a request names. The request keeps what it gets: one version scores all of it.
struct ModelChoice: Sendable {
  let models: LoadedModels<any Ranker>
  let defaultLabel: String

  func entry(
    _ selector: Recsys_Ranking_V1_ModelSelector
  ) throws -> LoadedModels<any Ranker>.Entry {
    if case .version(let version) = selector.selector {
      if let entry = models.entry(version: version) { return entry }
      throw missing(
        "version \(version) is not in memory", reason: models.failures[version], name: version)
    }
    var label = defaultLabel
    if case .label(let named) = selector.selector, !named.isEmpty { label = named }
    if let entry = models.entry(label: label) { return entry }
    let version = try? models.registry.labels(models.kind)[label]
    let reason = version.map { models.failures[$0] ?? "\($0) is being loaded" }
    throw missing("no model is labelled \(label)", reason: reason, name: label)
  }

  private func missing(_ what: String, reason: String?, name: String) -> RPCError {
    RPCError(
      .failedPrecondition, reason.map { "\(what): \($0)" } ?? what,
      details: [
        .errorInfo(
          reason: "MODEL_NOT_LOADED", domain: RankingErrors.domain, metadata: ["model": name])
      ])
  }
}
