import Artifacts
import CoreMetrics
import Logging
import Rankers

/// Writes down what happens to labels: logs and metrics.
struct ChangeLog: Sendable {
  let logger: Logger
  private let switches = Counter(label: "recsys_ranking_model_switches_total")
  private let failures = Counter(label: "recsys_ranking_model_load_failures_total")

  init(logger: Logger) { self.logger = logger }

  func record(_ changes: [LoadedModels<any Ranker>.Change]) {
    for change in changes {
      switch change {
      case .switched(let label, let from, let to):
        switches.increment()
        logger.notice(
          "label switched", metadata: ["label": "\(label)", "from": "\(from ?? "")", "to": "\(to)"])
      case .removed(let label, let version):
        logger.warning("label removed", metadata: ["label": "\(label)", "version": "\(version)"])
      case .failed(let label, let version, let reason):
        failures.increment()
        logger.error(
          "model refused, the one before serves on",
          metadata: ["label": "\(label)", "version": "\(version)", "reason": "\(reason)"])
      }
    }
  }

  func record(_ error: any Error) {
    logger.error("registry cannot be read", metadata: ["error": "\(error)"])
  }
}
