import Artifacts
import CoreMetrics
import Features
import Logging
import ServiceRuntime

/// Watches over the embedded store: after an error of the disk the service says NOT_SERVING, answers reads, refuses
/// writes with UNAVAILABLE, and goes back to work by itself when the disk takes writes again.
struct StoreKeeper: Sendable {
  private static let lookInterval: Duration = .milliseconds(200)
  private static let retryPause: Duration = .milliseconds(500)

  let store: EmbeddedStore
  let serving: ServingStatus
  let logger: Logger
  private let failures = Counter(label: "recsys_features_store_failures_total")
  private let recoveries = Counter(label: "recsys_features_store_recoveries_total")

  init(store: EmbeddedStore, serving: ServingStatus, logger: Logger) {
    self.store = store
    self.serving = serving
    self.logger = logger
  }

  /// Watches until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      if store.isBroken { await recover() }
      try? await Task.sleep(for: Self.lookInterval)
    }
  }

  private func recover() async {
    failures.increment()
    serving.set(false)
    logger.error("the store's disk took no write; reads are answered, writes are refused")
    while !Task.isCancelled {
      do {
        try await QuietThread.run { [store] in try store.recover() }
        recoveries.increment()
        serving.set(true)
        logger.notice("the store takes writes again")
        return
      } catch {
        logger.warning("the store cannot be written yet", metadata: ["error": "\(error)"])
        try? await Task.sleep(for: Self.retryPause)
      }
    }
  }
}
