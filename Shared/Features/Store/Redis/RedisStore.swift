import Catalogue
import Foundation
import KeyValueStore
import RecommendationCore
import Redis
import Synchronization

/// The online store in Redis, which several Feature replicas share.
///
/// Every read of a user asks Redis whether what memory holds still is the truth, so an event that one replica
/// acknowledged is seen by the next read of any. Counts of items and the catalogue follow within milliseconds
/// through a stream of writes. Writes are compare-and-set over the whole store: none is lost, whoever races.
///
/// An acknowledged event is as durable as Redis is set to be (`appendonly yes`, `appendfsync always` for the embedded
/// store's promise). While Redis cannot be reached, events are kept on this machine's disk
/// (``RecordOutcome/Status/queued``) up to a bound and brought to Redis in order, each once; everything else fails
/// with ``FeatureError/Code/unavailable``.
public final class RedisStore: OnlineStore {
  let configuration: RedisStoreConfiguration
  let redis: Redis
  /// Waits for writes of others; a connection of its own, since it blocks there.
  private let listener: Redis
  let reads: RedisReads
  private let replica: RedisReplica
  private let queue: EventQueue
  private let files: WorkerThread
  let writer: RedisStoreWriter
  private let listening: Task<Void, Never>

  /// Opens the store; Redis need not be there yet.
  ///
  /// - Parameters:
  ///   - clock: the present, Unix time in milliseconds.
  ///   - report: hears what happens, on threads of the store's.
  /// - Throws: ``StoreError`` when the queue's folder cannot be opened, ``RedisError`` when there are no descriptors.
  public init(
    configuration: RedisStoreConfiguration,
    clock: @escaping @Sendable () -> Int64 = EmbeddedStore.systemClock,
    report: @escaping @Sendable (RedisStoreEvent) -> Void = { _ in }
  ) throws {
    self.configuration = configuration
    queue = try EventQueue(path: configuration.queuePath, limit: configuration.queueLimit)
    files = WorkerThread(name: "event-queue")
    redis = try Redis(configuration: configuration.server) { report(.connection($0)) }
    listener = try Redis(configuration: configuration.server)
    reads = RedisReads(redis: redis, layout: RedisLayout(prefix: configuration.prefix))
    replica = RedisReplica(reads: reads, cachedUsers: configuration.cachedUsers)
    let committer = RedisCommitter(
      configuration: configuration, redis: redis, reads: reads, replica: replica,
      writerID: queue.writerID, numbers: WriteNumbers(now: clock()), clock: clock)
    writer = RedisStoreWriter(committer: committer, queue: queue, files: files, report: report)
    listening = Self.listen(listener, reads.layout, replica, writer, report)
  }

  // MARK: What it knows

  /// The live catalogue.
  public var catalogue: LiveCatalogue { replica.catalogue }
  /// Given by whoever made the store; see ``OnlineStore/identity``. 0 until the store has been read.
  public var identity: UInt64 { replica.position.identity }
  /// Whether the store holds no item; false until it has been read. Events do not count: one that came while the
  /// store was being filled must not leave it without its catalogue.
  public var isEmpty: Bool { replica.isLoaded && catalogue.snapshot.count == 0 }
  /// Events recorded by all replicas, as far as this one has followed.
  public var eventCount: UInt64 { replica.position.event }
  /// Users that memory had, and those that it had not; even the former cost a question to Redis.
  public var cacheCounts: (hits: Int, misses: Int) { replica.cache.counts }
  /// Requests that wait for the writer.
  public var waitingWrites: Int { writer.waiting }

  /// Events on this machine's disk that Redis does not have yet.
  public var queuedEvents: Int { queue.count }

  /// Returns when the store has been read whole and everything that was written before the call is in memory.
  ///
  /// - Throws: ``FeatureError`` with code `unavailable` when Redis cannot be reached.
  public func synchronize() async throws { try await writer.follow() }

  // MARK: Reads

  /// A user's state: from memory where Redis says that it still holds.
  public func user(_ id: UserID) async throws -> UserState {
    if !replica.isLoaded { try await synchronize() }
    return try await mapping {
      let out = try await reads.read([id], cache: replica.cache)
      if out.position.identity != replica.position.identity { wake() }
      return try out.user(id)
    }
  }

  /// The counts of all items, as of a few milliseconds ago where others wrote.
  public func counters() async throws -> ItemCounters {
    if !replica.isLoaded { try await synchronize() }
    return replica.counters
  }

  /// Changes of the catalogue; see ``OnlineStore/changes(after:limit:)``.
  public func changes(after sequence: UInt64, limit: Int) async throws -> CatalogueChanges {
    if !replica.isLoaded { try await synchronize() }
    return try await mapping { try await reads.changes(after: sequence, limit: limit) }
  }

  /// Signals after changes, whoever made them; see ``OnlineStore/changeSignals()``.
  public func changeSignals() -> AsyncStream<Void> { replica.signals.watch() }
  /// Ends all streams of signals; see ``OnlineStore/endChangeSignals()``.
  public func endChangeSignals() { replica.signals.end() }

  // MARK: Writes

  /// Records events; see ``OnlineStore/record(_:)``.
  public func record(_ events: [Event]) async throws -> RecordOutcome {
    guard case .recorded(let outcome) = try await writer.commit(.record(events)) else {
      throw FeatureError(.malformed, "an outcome of another kind")
    }
    return outcome
  }

  /// Adds or replaces items; see ``OnlineStore/upsert(_:)``.
  public func upsert(_ items: [Item]) async throws -> UInt64 {
    guard case .upserted(let sequence) = try await writer.commit(.upsert(items)) else {
      throw FeatureError(.malformed, "an outcome of another kind")
    }
    return sequence
  }

  /// Takes items out; see ``OnlineStore/delete(_:)``.
  public func delete(_ ids: [ItemID]) async throws -> DeleteOutcome {
    guard case .deleted(let outcome) = try await writer.commit(.delete(ids)) else {
      throw FeatureError(.malformed, "an outcome of another kind")
    }
    return outcome
  }

  /// Ends the store: writes that wait go to Redis or to the queue's disk.
  public func close() async {
    replica.signals.end()
    listening.cancel()
    await writer.close()
    listener.close()
    redis.close()
    files.close()
    queue.close()
  }

  // MARK: Following

  /// Wakes the writer whenever somebody wrote, and now and then, so that it finds a store that was emptied.
  private static func listen(
    _ listener: Redis, _ layout: RedisLayout, _ replica: RedisReplica, _ writer: RedisStoreWriter,
    _ report: @escaping @Sendable (RedisStoreEvent) -> Void
  ) -> Task<Void, Never> {
    Task.detached {
      while !Task.isCancelled {
        do {
          try await writer.follow()
          let command = RedisCommand(
            "XREAD", "BLOCK", 1_000, "COUNT", 1, "STREAMS", layout.writes,
            "\(replica.position.write)-0")
          try await listener.send(command, timeout: .seconds(5))
        } catch let error as FeatureError where error.code != .unavailable {
          report(.trouble(error))
          try? await Task.sleep(for: .seconds(1))
        } catch {
          try? await Task.sleep(for: .milliseconds(100))
        }
      }
    }
  }

  private func wake() {
    let writer = writer
    Task.detached { try? await writer.follow() }
  }

  func mapping<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as RedisError where error.isUnavailable {
      throw FeatureError(.unavailable, error.message, cause: error)
    } catch let error as StoreMoved {
      wake()
      throw FeatureError(
        .unavailable, "the store in Redis is gone, and is being made anew", cause: error)
    }
  }
}
