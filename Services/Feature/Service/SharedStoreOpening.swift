import Catalogue
import Features
import Foundation
import Logging
import Redis

/// Finds the shared store at the start and, where it is empty, fills it: from the embedded store's folder if there is
/// one, else from the catalogue bundle.
struct SharedStoreOpening: Sendable {
  private static let pause = Duration.milliseconds(250)

  let store: RedisStore
  let embeddedPath: String
  let bootstrap: CatalogueBootstrap
  let logger: Logger

  /// Tries for a while.
  ///
  /// - Returns: false when the store cannot be reached.
  /// - Throws: what is wrong with the folder or the bundle.
  func run(patience: Duration) async throws -> Bool {
    let end = ContinuousClock.now + patience
    while true {
      do {
        try await open()
        return true
      } catch let error where Self.isAbsence(error) {
        guard ContinuousClock.now < end else {
          logger.warning(
            "the shared store cannot be reached: events are queued, reads are refused",
            metadata: ["error": "\(error)"])
          return false
        }
        try await Task.sleep(for: Self.pause)
      }
    }
  }

  /// Tries until it is done, or the task is cancelled.
  func runUntilDone() async {
    while !Task.isCancelled {
      do {
        return try await open()
      } catch {
        if !Self.isAbsence(error) {
          logger.error("the shared store cannot be filled", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: Self.pause)
      }
    }
  }

  private func open() async throws {
    try await store.synchronize()
    while store.isEmpty {
      if try await store.takingTurns(fill) { return }
      try await Task.sleep(for: Self.pause)
      try await store.synchronize()
    }
  }

  private func fill() async throws {
    try await store.synchronize()
    guard store.isEmpty else { return }
    // CURRENT is what makes a folder a RocksDB store.
    if FileManager.default.fileExists(atPath: embeddedPath + "/CURRENT"),
      try await store.fill(fromEmbedded: embeddedPath)
    {
      logger.info(
        "shared store filled from the embedded one",
        metadata: [
          "path": "\(embeddedPath)",
          "items": .stringConvertible(store.catalogue.snapshot.count),
        ])
    }
    try await bootstrap.fill(store)
  }

  private static func isAbsence(_ error: any Error) -> Bool {
    (error as? FeatureError)?.code == .unavailable || (error as? RedisError)?.isUnavailable == true
  }
}
