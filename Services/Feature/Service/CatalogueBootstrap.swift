import Artifacts
import Catalogue
import Features
import Foundation
import Logging
import RecommendationCore

/// Fills an empty store from the `catalogue` bundle of a registry.
struct CatalogueBootstrap: Sendable {
  private static let batch = 5_000

  let registryPath: String
  let label: String
  let logger: Logger

  /// Does nothing when the store has something, or the registry has no such bundle.
  func fill(_ store: any OnlineStore) async throws {
    guard store.isEmpty, !label.isEmpty else { return }
    let registry = ModelRegistry(root: registryPath)
    guard
      let version = try? registry.resolve(kind: CatalogueFile.bundleKind, label: label)
    else {
      logger.notice(
        "starting with an empty catalogue",
        metadata: ["registry": "\(registryPath)", "label": "\(label)"])
      return
    }
    let bundle = try registry.open(kind: CatalogueFile.bundleKind, version: version)
    let path = try bundle.path(CatalogueFile.name)
    let items = try CatalogueFile.read(from: URL(fileURLWithPath: path))
    for start in stride(from: 0, to: items.count, by: Self.batch) {
      _ = try await store.upsert(Array(items[start..<min(start + Self.batch, items.count)]))
    }
    logger.info(
      "catalogue filled from a bundle",
      metadata: ["version": "\(version)", "items": .stringConvertible(items.count)])
  }
}
