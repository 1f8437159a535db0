public import Artifacts
import CoreMetrics
public import Logging

/// Something that happened to a label of the registry, whatever the kind of bundle.
public struct LabelChange: Sendable {
  enum Outcome: Sendable { case switched, removed, failed }

  let outcome: Outcome
  let metadata: Logger.Metadata

  /// A change that the models of one kind told.
  public init<Model>(_ change: LoadedModels<Model>.Change, kind: String) {
    switch change {
    case .switched(let label, let from, let to):
      outcome = .switched
      metadata = [
        "kind": "\(kind)", "label": "\(label)", "from": "\(from ?? "")", "to": "\(to)",
      ]
    case .removed(let label, let version):
      outcome = .removed
      metadata = ["kind": "\(kind)", "label": "\(label)", "version": "\(version)"]
    case .failed(let label, let version, let reason):
      outcome = .failed
      metadata = [
        "kind": "\(kind)", "label": "\(label)", "version": "\(version)", "reason": "\(reason)",
      ]
    }
  }
}

/// Writes down what happens to labels, in the log and as metrics: `recsys_<service>_model_switches_total` and
/// `recsys_<service>_model_load_failures_total`.
public struct LabelLog: Sendable {
  private let logger: Logger
  private let switches: Counter
  private let failures: Counter

  /// - Parameter service: e.g. "ranking".
  public init(service: String, logger: Logger) {
    self.logger = logger
    switches = Counter(label: "recsys_\(service)_model_switches_total")
    failures = Counter(label: "recsys_\(service)_model_load_failures_total")
  }

  /// Notes a change.
  public func record(_ change: LabelChange) {
    switch change.outcome {
    case .switched:
      switches.increment()
      logger.notice("label switched", metadata: change.metadata)
    case .removed: logger.warning("label removed", metadata: change.metadata)
    case .failed:
      failures.increment()
      logger.error("model refused, the one before serves on", metadata: change.metadata)
    }
  }

  /// Notes what a look at the registry brought: changes, or that it cannot be read.
  ///
  /// - Parameter kind: of the bundles that were looked for.
  public func record(_ kind: String, _ refresh: () throws -> [LabelChange]) {
    do {
      for change in try refresh() { record(change) }
    } catch {
      record(error, kind: kind)
    }
  }

  /// Notes that the registry cannot be read.
  public func record(_ error: any Error, kind: String) {
    logger.error("registry cannot be read", metadata: ["kind": "\(kind)", "error": "\(error)"])
  }
}

extension LoadedModels {
  /// Loads what the labels name by now; see ``refresh()``. Blocks while it loads.
  public func refreshedLabels() throws -> [LabelChange] {
    try refresh().map { LabelChange($0, kind: kind) }
  }
}
