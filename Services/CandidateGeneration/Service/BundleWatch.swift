import Catalogue
import Logging
import ServiceRuntime

/// Keeps the sources' bundles up to date with their labels.
struct BundleWatch: Sendable {
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
