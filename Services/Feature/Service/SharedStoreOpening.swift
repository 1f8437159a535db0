import Catalogue
import Features
import Foundation
import Logging
import Redis

/// Finds the shared store at the start and, where it is empty, fills it: from the embedded store's folder if there is
/// one, else from the catalogue bundle.
struct SharedStoreOpening: Sendable {
  private static let pause = Duration.milliseconds(250)
  private static let lookInterval = Duration.seconds(1)
  private static let batch = 2_000

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

  /// Tries until it is done, and again whenever the store is made anew with nobody to restore it, until the task is
  /// cancelled.
  ///
  /// - Parameter onOpen: is told the first time that it is done.
  func keepOpen(isOpen: Bool, onOpen: () -> Void) async {
    var isOpen = isOpen
    while !Task.isCancelled {
      do {
        let mustOpen = isOpen ? try await store.isFilling() : true
        if mustOpen { try await open() }
        if !isOpen { onOpen() }
        isOpen = true
        try await Task.sleep(for: Self.lookInterval)
      } catch {
        if Task.isCancelled { return }
        if !Self.isAbsence(error) {
          logger.error("the shared store cannot be filled", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: Self.pause)
      }
    }
  }

  private func open() async throws {
    try await store.synchronize()
    while try await needsFilling {
      if try await store.takingTurns(fill) { return }
      try await Task.sleep(for: Self.pause)
      try await store.synchronize()
    }
  }

  /// A store without items may have been finished so: then this is the time to look for a bundle again.
  private var needsFilling: Bool {
    get async throws {
      if store.isEmpty { return true }
      return try await store.isFilling()
    }
  }

  private func fill(_ turn: RedisTurn) async throws {
    try await store.synchronize()
    guard try await needsFilling else { return }
    try await fillIn(turn)
    try await store.finishFilling(turn)
  }

  private func fillIn(_ turn: RedisTurn) async throws {
    // CURRENT is what makes a folder a RocksDB store.
    if FileManager.default.fileExists(atPath: embeddedPath + "/CURRENT"),
      try await store.fill(fromEmbedded: embeddedPath, turn)
    {
      logger.info(
        "shared store filled from the embedded one",
        metadata: [
          "path": "\(embeddedPath)",
          "items": .stringConvertible(store.catalogue.snapshot.count),
        ])
      return
    }
    // What another process began is begun anew: its items come out the same.
    try await bootstrap.fill { items in
      for start in stride(from: 0, to: items.count, by: Self.batch) {
        try await store.fill(Array(items[start..<min(start + Self.batch, items.count)]))
        try await turn.prolong()
      }
    }
  }

  private static func isAbsence(_ error: any Error) -> Bool {
    (error as? FeatureError)?.code == .unavailable || (error as? RedisError)?.isUnavailable == true
  }
}
