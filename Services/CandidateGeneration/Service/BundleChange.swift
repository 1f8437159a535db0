import Artifacts
import Catalogue
import CoreMetrics
import Logging

/// Something that happened to a label, whatever the kind of bundle.
struct BundleChange: Sendable {
  var isFailure: Bool
  var metadata: Logger.Metadata

  init<Model>(_ change: LoadedModels<Model>.Change, kind: String) {
    switch change {
    case .switched(let label, let from, let to):
      isFailure = false
      metadata = ["label": "\(label)", "from": "\(from ?? "")", "to": "\(to)"]
    case .removed(let label, let version):
      isFailure = false
      metadata = ["label": "\(label)", "from": "\(version)", "to": ""]
    case .failed(let label, let version, let reason):
      isFailure = true
      metadata = ["label": "\(label)", "version": "\(version)", "reason": "\(reason)"]
    }
    metadata["kind"] = "\(kind)"
  }
}

/// Keeps the sources' bundles up to date with their labels.
struct BundleWatch: Sendable {
  let sources: CandidateSources
  let logger: Logger
  private let switches = Counter(label: "recsys_candidates_model_switches_total")
  private let failures = Counter(label: "recsys_candidates_model_load_failures_total")

  init(sources: CandidateSources, logger: Logger) {
    self.sources = sources
    self.logger = logger
  }

  /// Loads what the labels name by now. Blocks while it loads.
  func refresh() {
    for source in sources.all {
      do {
        for change in try source.refresh() { record(change) }
      } catch {
        logger.error(
          "registry cannot be read", metadata: ["source": "\(source.name)", "error": "\(error)"])
      }
    }
  }

  /// Lets the sources take in the catalogue as it stands.
  func follow(_ catalogue: CatalogueSnapshot) {
    for source in sources.all {
      do {
        try source.follow(catalogue)
      } catch {
        logger.error(
          "catalogue not taken in", metadata: ["source": "\(source.name)", "error": "\(error)"])
      }
    }
  }

  /// Lets the sources take in each change of the catalogue, and of their own models, until the task is cancelled.
  func follow(_ catalogue: LiveCatalogue, every interval: Duration) async {
    while !Task.isCancelled {
      follow(catalogue.snapshot)
      do {
        try await Task.sleep(for: interval)
      } catch {
        return
      }
    }
  }

  /// Refreshes until the task is cancelled.
  func follow(every interval: Duration) async {
    while !Task.isCancelled {
      do {
        try await Task.sleep(for: interval)
      } catch {
        return
      }
      refresh()
    }
  }

  private func record(_ change: BundleChange) {
    if change.isFailure {
      failures.increment()
      logger.error("model refused, the one before serves on", metadata: change.metadata)
    } else {
      switches.increment()
      logger.notice("label switched", metadata: change.metadata)
    }
  }
}
