import Catalogue
import Foundation
import KeyValueStore
import RecommendationCore
import Redis
import Synchronization

/// A write that could not be finished.
struct WriteInterrupted: Error {
  /// Numbers of attempts of which nobody knows whether they were carried out.
  var attempts: [UInt64]
  var cause: any Error
}

/// Writes to the store in Redis, one write at a time, each in one step that counts only if nobody else wrote since
/// its users were read: several processes may write, and no update is lost.
///
/// The new states are computed here, by the same ``StoreTransaction`` as the embedded store's. Somebody else's write
/// in between costs a second round; of writers that race one always succeeds.
///
/// A write whose answer was lost is never made twice: each attempt has a number, Redis keeps the number of a writer's
/// last write, and an old attempt that arrives late finds the store changed.
struct RedisCommitter: Sendable {
  private static let rounds = 500

  let configuration: RedisStoreConfiguration
  let redis: Redis
  let reads: RedisReads
  let replica: RedisReplica
  let writerID: String
  let numbers: WriteNumbers
  let clock: @Sendable () -> Int64

  private var layout: RedisLayout { reads.layout }

  /// Writes requests together.
  ///
  /// - Parameters:
  ///   - earlier: numbers of attempts to write these very requests that may have been carried out.
  ///   - restoresCounts: also writes the counts that memory has of upserted items.
  ///   - prepare: hears the number of an attempt before it is made.
  /// - Returns: one outcome a request; nil when an earlier attempt of another process's life did it.
  /// - Throws: ``WriteInterrupted`` when Redis cannot be reached, ``FeatureError`` with code `unavailable` when the
  ///   store is being filled and the requests do not fill it.
  func commit(
    _ requests: [StoreRequest], earlier: [UInt64] = [], restoresCounts: Bool = false,
    patience: Duration, prepare: (UInt64) async throws -> Void = { _ in }
  ) async throws -> [Result<StoreOutcome, any Error>]? {
    let end = ContinuousClock.now + patience
    var unknown = Dictionary(
      uniqueKeysWithValues: earlier.map { ($0, [Result<StoreOutcome, any Error>]?.none) })
    for round in 0..<Self.rounds {
      if round > 3 { try? await Task.sleep(for: .microseconds(Int.random(in: 100...2_000))) }
      do {
        let out = try await readOut(requests)
        if let last = out.lastWrite, let outcomes = unknown[last] {
          try await follow()
          return outcomes
        }
        guard out.position == replica.position else {
          try await follow()
          continue
        }
        var (transaction, outcomes) = try run(requests, out)
        guard !transaction.batch.isEmpty else { return outcomes }
        let number = numbers.next()
        try await prepare(number)
        unknown[number] = .some(outcomes)
        let isDone = try await send(
          &transaction, number, fills: requests.allSatisfy(\.isFilling),
          restoresCounts ? requests : [])
        guard isDone else {
          unknown[number] = nil
          try await follow()
          continue
        }
        return outcomes
      } catch let error as RedisError where error.isUnavailable {
        guard ContinuousClock.now < end else {
          throw WriteInterrupted(attempts: Array(unknown.keys), cause: error)
        }
        try? await Task.sleep(for: .milliseconds(20))
      }
    }
    throw WriteInterrupted(
      attempts: Array(unknown.keys),
      cause: FeatureError(.unavailable, "other writers were always faster"))
  }

  private func readOut(_ requests: [StoreRequest]) async throws -> RedisReadOut {
    var users = Set<UserID>()
    var eventIDs = Set<String>()
    for case .record(let events) in requests {
      for event in events {
        users.insert(event.user)
        if !event.eventID.isEmpty { eventIDs.insert(event.eventID) }
      }
    }
    return try await reads.read(
      Array(users), eventIDs: Array(eventIDs), writer: writerID, cache: replica.cache)
  }

  private func run(_ requests: [StoreRequest], _ out: RedisReadOut) throws
    -> (StoreTransaction, [Result<StoreOutcome, any Error>])
  {
    var transaction = StoreTransaction(
      reader: out, cache: nil, counters: replica.counters, catalogue: replica.catalogue.snapshot,
      lastChanges: [:],
      positions: StoreTransaction.Positions(
        event: out.position.event, change: out.position.change, forgotten: 0),
      nowMilliseconds: clock())
    let outcomes = try requests.map { try $0.run(&transaction) }
    // Redis lets event ids go by itself.
    try transaction.finish(forgetBeforeMilliseconds: .min)
    return (transaction, outcomes)
  }

  /// - Returns: false when somebody else wrote since the reading.
  private func send(
    _ transaction: inout StoreTransaction, _ number: UInt64, fills: Bool,
    _ restored: [StoreRequest]
  ) async throws -> Bool {
    let before = replica.position
    var after = before
    after.write += 1
    after.event = transaction.positions.event
    after.change = transaction.positions.change
    var items = transaction.items
    var commands = try layout.commands(
      for: transaction.batch, retention: configuration.eventIDRetention,
      eventLogLimit: configuration.eventLogLimit)
    for case .fill(let upserted) in restored {
      let counters = replica.counters
      for item in upserted where !counters[item.id].isEmpty {
        items[item.id] = counters[item.id]
        commands.append([
          "HSET", layout.counters, StoreLayout.key(item.id.rawValue),
          StateCodec.encode(counters[item.id]),
        ])
      }
    }
    let note = RedisWriteNote(
      after, items: items, changesCatalogue: transaction.changesCatalogue)
    // First what an over-full server refuses: then nothing at all is done.
    commands.insert(
      [
        "HSET", layout.meta, "txn", after.write, "event", after.event, "change", after.change,
      ], at: 0)
    commands.append(note.command(layout))
    var arguments: [any RedisArgument] = [
      before.identity, before.write, layout.writer(writerID), number, fills ? 1 : 0,
    ]
    for command in commands {
      arguments.append(command.count)
      arguments += command
    }
    let answer = try await redis.evaluate(
      RedisScripts.commit, keys: [layout.meta], arguments,
      timeout: configuration.server.timeout * 4
    ).array()
    switch try answer.first?.integer() {
    case 1: break
    case 2: throw FeatureError(.unavailable, "the store in Redis is being filled")
    default: return false
    }
    replica.publish(
      after, items: items, users: transaction.writtenUsers,
      catalogue: transaction.changesCatalogue ? transaction.catalogue : nil)
    return true
  }

  // MARK: Following and recovering

  /// Takes in what others wrote since.
  func follow() async throws {
    while true {
      let known = replica.position
      let answers = try await redis.sendAll([
        RedisCommand("HMGET", layout.meta, "id", "txn", "event", "change"),
        RedisCommand(
          "XRANGE", layout.writes, "(\(known.write)-0", "+", "COUNT", 500),
      ])
      let meta = try answers[0].checked().array()
      guard meta.count == 4, meta[0] != .null else { throw StoreMoved() }
      let now = try RedisReads.position(meta)
      guard now.identity == known.identity, now.write >= known.write else { throw StoreMoved() }
      guard now.write > known.write else { return }
      let notes = try answers[1].checked().array().map { try RedisWriteNote($0) }
      // Writes are numbered without gaps; one means that the stream no longer reaches back so far.
      guard let first = notes.first, first.number == known.write + 1,
        zip(notes, notes.dropFirst()).allSatisfy({ $1.number == $0.number + 1 })
      else { throw StoreMoved() }
      try await replica.follow(notes)
    }
  }
}

/// The store in Redis is not the one that memory followed, or memory fell too far behind.
struct StoreMoved: Error {}

/// Numbers for attempts to write: growing over all lives of this process, as the clock does.
final class WriteNumbers: Sendable {
  private let last: Mutex<UInt64>

  init(now: Int64) { last = Mutex(UInt64(max(now, 0)) * 1_000) }

  func next() -> UInt64 {
    last.withLock { last in
      last += 1
      return last
    }
  }
}
