import Catalogue
import Logging
import ServiceRuntime

/// Keeps the sources' bundles up to date with their labels.
struct BundleWatch: Sendable {
  /// So many times as long as a heap of changes took is rested ...
  private static let restShare = 4
  /// ... but not longer.
  private static let longestRest = Duration.milliseconds(250)

  let sources: CandidateSources
  let logger: Logger
  private let labels: LabelLog

  init(sources: CandidateSources, logger: Logger) {
    self.sources = sources
    self.logger = logger
    labels = LabelLog(service: "candidates", logger: logger)
  }

  /// Loads what the labels name by now. Blocks while it loads.
  func refresh() {
    for source in sources.all { labels.record(source.name) { try source.refresh() } }
  }

  /// Lets the sources take in the catalogue whenever something has changed, until the task is cancelled.
  ///
  /// Changes that come while one is taken in are taken in together, and in a flood of them there is a rest after
  /// each heap, in which those that serve have the cores.
  func follow(_ catalogue: LiveCatalogue, changes: AsyncStream<Void>) async {
    for await _ in changes {
      let start = ContinuousClock.now
      follow(catalogue.snapshot)
      let took = ContinuousClock.now - start
      // Cancelled, it ends at once, and so does the stream.
      try? await Task.sleep(for: min(took * Self.restShare, Self.longestRest))
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
}
