public import Catalogue
import RPC
import RecommendationCore
import RecommendationProtos
import Synchronization

/// Keeps a replica of the catalogue up to date by the Feature service's change stream.
///
/// It resumes after what it has; it comes back after a lost connection with growing pauses. A service that
/// no longer knows the place (its store was replaced) makes it read the whole catalogue again, which then
/// replaces the replica in one step: readers see the old one until the new one is whole.
public final class CatalogueFollower: Sendable {
  /// Something that happened; for logs and metrics.
  public enum Event: Sendable {
    /// The replica has all that was there when the connection was made.
    case caughtUp(sequence: UInt64, items: Int)
    /// The connection was lost, or none could be made; the next attempt comes after the pause.
    case disconnected(error: any Error, pause: Duration)
    /// A change that the replica refused, and passed over.
    case refused(error: any Error)
  }

  private let client: FeatureClient
  private let catalogue: LiveCatalogue
  private let firstPause: Duration
  private let longestPause: Duration
  private let caughtUp = Atomic<Bool>(false)

  /// A follower; ``run(onEvent:)`` makes it follow.
  ///
  /// - Parameters:
  ///   - firstPause: before the first new attempt; each further pause is twice as long.
  ///   - longestPause: the longest pause.
  public init(
    client: FeatureClient, catalogue: LiveCatalogue, firstPause: Duration = .milliseconds(50),
    longestPause: Duration = .seconds(1)
  ) {
    self.client = client
    self.catalogue = catalogue
    self.firstPause = firstPause
    self.longestPause = max(firstPause, longestPause)
  }

  /// Whether the replica has been whole at least once since the follower runs.
  public var isCaughtUp: Bool { caughtUp.load(ordering: .acquiring) }

  /// Follows until the task is cancelled.
  public func run(onEvent: @Sendable (Event) -> Void) async {
    var pause = firstPause
    var isWhole = false
    while !Task.isCancelled {
      do {
        try await watch(isWhole: &isWhole, onMessage: { pause = firstPause }, onEvent: onEvent)
        // A service that shuts down ends its streams in good order.
        onEvent(.disconnected(error: RPCError(.unavailable, "the stream ended"), pause: pause))
      } catch {
        if Task.isCancelled { return }
        if let error = error as? RPCError, Self.meansUnknownPlace(error) { isWhole = false }
        onEvent(.disconnected(error: error, pause: pause))
      }
      // Spread, so that the followers of a service that restarts do not come back all at once.
      try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
      pause = min(longestPause, pause * 2)
    }
  }

  private static func meansUnknownPlace(_ error: RPCError) -> Bool {
    [.outOfRange, .failedPrecondition, .dataLoss].contains(error.code)
  }

  /// Follows one stream to its end.
  ///
  /// - Parameter isWhole: whether the replica came from the service, so that only changes are wanted.
  private func watch(
    isWhole: inout Bool, onMessage: () -> Void, onEvent: @Sendable (Event) -> Void
  ) async throws {
    var request = Recsys_Features_V1_WatchItemsRequest()
    request.afterSequence = isWhole ? catalogue.snapshot.sequence : 0
    var gathered = Gathered()
    for try await message in try client.watchItems(request) {
      onMessage()
      if isWhole, message.sequence < catalogue.snapshot.sequence {
        // The stream has gone back: the service has another store than the one that was followed.
        throw RPCError(.outOfRange, "the catalogue's sequence went backwards")
      }
      let items = items(of: message, onEvent)
      let deletes = message.deletedItemKeys.map { ItemID(rawValue: $0) }
      if isWhole {
        apply(items, deletes, message.sequence, onEvent)
      } else {
        gathered.add(items, deletes)
        guard message.caughtUp else { continue }
        try catalogue.replace(with: Array(gathered.items.values), sequence: message.sequence)
        isWhole = true
        gathered = Gathered()
      }
      if message.caughtUp {
        caughtUp.store(true, ordering: .releasing)
        onEvent(.caughtUp(sequence: message.sequence, items: catalogue.snapshot.count))
      }
    }
  }

  /// A whole catalogue on its way.
  private struct Gathered {
    var items: [ItemID: Item] = [:]

    mutating func add(_ upserts: [Item], _ deletes: [ItemID]) {
      for id in deletes { items[id] = nil }
      for item in upserts { items[item.id] = item }
    }
  }

  private func items(
    of message: Recsys_Features_V1_WatchItemsResponse, _ onEvent: (Event) -> Void
  ) -> [Item] {
    message.upserted.compactMap { proto in
      do {
        return try Item(proto: proto)
      } catch {
        onEvent(.refused(error: error))
        return nil
      }
    }
  }

  private func apply(
    _ items: [Item], _ deletes: [ItemID], _ sequence: UInt64, _ onEvent: (Event) -> Void
  ) {
    do {
      try catalogue.apply(upserts: items, deletes: deletes, sequence: sequence)
    } catch {
      // One bad item must not keep the others out: each for itself.
      onEvent(.refused(error: error))
      for item in items { try? catalogue.apply(upserts: [item], deletes: [], sequence: sequence) }
      try? catalogue.apply(upserts: [], deletes: deletes, sequence: sequence)
    }
  }
}
