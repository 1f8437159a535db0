import Catalogue
import Logging
import RecommendationCore
import ServiceRuntime

/// Fills a store from the `catalogue` bundle of a registry.
struct CatalogueBootstrap: Sendable {
  let registryPath: String
  let label: String
  let logger: Logger

  /// Does nothing when the registry has no such bundle.
  ///
  /// - Parameter add: adds the items to the store.
  func fill(_ add: ([Item]) async throws -> Void) async throws {
    guard !label.isEmpty else { return }
    guard
      let (version, items) = try CatalogueBundle(registryPath: registryPath, label: label).read()
    else {
      logger.notice(
        "starting with an empty catalogue",
        metadata: ["registry": "\(registryPath)", "label": "\(label)"])
      return
    }
    try await add(items)
    logger.info(
      "catalogue filled from a bundle",
      metadata: ["version": "\(version)", "items": .stringConvertible(items.count)])
  }
}
