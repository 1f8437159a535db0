import CoreMetrics
import Catalogue
import Features
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Synchronization

/// Answers WatchItems: pages of the change stream as fast as the watcher takes them, then every change as
/// it happens, and a sign of life now and then.
///
/// A watcher holds no memory but its place in the stream: what it has not taken yet is read from the store
/// when it does.
final class WatchHandler: Sendable {
  /// Messages are cut at about so many bytes.
  private static let messageBytes = 1 << 20

  private let store: any OnlineStore
  private let pool: ComputePool
  private let pageItems: Int
  private let heartbeat: Duration
  /// Whether the store has been filled, where it had to be: before that an empty catalogue would be told for the whole.
  private let isOpen = Atomic<Bool>(false)
  private let watchers = Mutex(0)
  private let watcherGauge = Meter(label: "recsys_features_watchers")

  init(store: any OnlineStore, pool: ComputePool, pageItems: Int, heartbeat: Duration) {
    self.store = store
    self.pool = pool
    self.pageItems = pageItems
    self.heartbeat = heartbeat
  }

  /// Lets watchers in from now on.
  func open() { isOpen.store(true, ordering: .releasing) }

  func watch(
    _ request: Recsys_Features_V1_WatchItemsRequest,
    _ writer: ResponseWriter<Recsys_Features_V1_WatchItemsResponse>
  ) async throws {
    guard isOpen.load(ordering: .acquiring) else {
      throw RPCError(
        .unavailable, "The store is being opened.",
        details: [.retryInfo(delay: .milliseconds(250))])
    }
    count(1)
    defer { count(-1) }
    let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    // Before the first read, so that no change falls between.
    let signals = store.changeSignals()
    try await withThrowingTaskGroup(of: Void.self) { group in
      let heartbeat = heartbeat
      group.addTask {
        for await _ in signals { wake.yield() }
        wake.finish()
      }
      group.addTask {
        while !Task.isCancelled {
          try await Task.sleep(for: heartbeat)
          wake.yield()
        }
      }
      defer { group.cancelAll() }
      try await FeatureErrors.mapping {
        try await send(after: request.afterSequence, wakes, writer)
      }
    }
  }

  private func send(
    after start: UInt64, _ wakes: AsyncStream<Void>,
    _ writer: ResponseWriter<Recsys_Features_V1_WatchItemsResponse>
  ) async throws {
    let target = store.catalogue.snapshot.sequence
    var place = start
    var hasCaughtUp = false
    var wake = wakes.makeAsyncIterator()
    while true {
      let changes = try await store.changes(after: place, limit: pageItems)
      var messages = try await Self.messages(changes, after: place, pool)
      place = changes.sequence
      if !hasCaughtUp, place >= target {
        hasCaughtUp = true
        messages[messages.count - 1].caughtUp = true
      }
      for message in messages { try await writer.write(message) }
      guard !changes.hasMore else { continue }
      if await wake.next() == nil { break }
    }
    try Task.checkCancellation()
    throw RPCError(.unavailable, "The service is going down; watch another.")
  }

  /// The messages of a page, at least one. Only the last says that the page's changes have been sent.
  private static func messages(
    _ changes: CatalogueChanges, after place: UInt64, _ pool: ComputePool
  )
    async throws -> [Recsys_Features_V1_WatchItemsResponse]
  {
    var first = Recsys_Features_V1_WatchItemsResponse()
    first.deletedItemKeys = changes.deletes.map(\.rawValue)
    first.sequence = changes.sequence
    guard !changes.upserts.isEmpty else { return [first] }
    let start = first
    return try await pool.run {
      var messages = [start]
      var bytes = 0
      for item in changes.upserts {
        let proto = item.proto
        let size = (try proto.serializedData()).count
        if bytes > 0, bytes + size > messageBytes {
          messages[messages.count - 1].sequence = place
          var next = Recsys_Features_V1_WatchItemsResponse()
          next.sequence = changes.sequence
          messages.append(next)
          bytes = 0
        }
        messages[messages.count - 1].upserted.append(proto)
        bytes += size
      }
      return messages
    }
  }

  private func count(_ change: Int) {
    let now = watchers.withLock { watchers in
      watchers += change
      return watchers
    }
    watcherGauge.set(now)
  }
}
