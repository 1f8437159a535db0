import Artifacts
import RPC
import Rankers
import RecommendationProtos

/// Finds the model that a request names. The request keeps what it gets: one version scores all of it.
struct ModelChoice: Sendable {
  let models: LoadedModels<any Ranker>
  let defaultLabel: String

  /// The model for rows that were gathered for the ranker of a fingerprint. Right after a switch, callers still
  /// gather what the model before it wants: that one then answers, and the caller is told.
  ///
  /// - Returns: the model, and the version that the label gives now where it is another.
  func entry(
    _ selector: Recsys_Ranking_V1_ModelSelector, fingerprint: UInt64
  ) throws -> (entry: LoadedModels<any Ranker>.Entry, current: String) {
    let current = try entry(selector)
    if case .version = selector.selector { return (current, "") }
    guard current.model.specification.fingerprint != fingerprint,
      let retired = models.retiredEntry(label: label(selector)),
      retired.model.specification.fingerprint == fingerprint
    else { return (current, "") }
    return (retired, current.version)
  }

  private func label(_ selector: Recsys_Ranking_V1_ModelSelector) -> String {
    if case .label(let named) = selector.selector, !named.isEmpty { return named }
    return defaultLabel
  }

  func entry(
    _ selector: Recsys_Ranking_V1_ModelSelector
  ) throws -> LoadedModels<any Ranker>.Entry {
    if case .version(let version) = selector.selector {
      if let entry = models.entry(version: version) { return entry }
      throw missing(
        "version \(version) is not in memory", reason: models.failures[version], name: version)
    }
    let label = label(selector)
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
