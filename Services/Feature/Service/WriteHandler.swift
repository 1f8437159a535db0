import CoreMetrics
import Features
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// Answers RecordEvents, UpsertItems and DeleteItems. Each returns when its changes are on disk.
struct WriteHandler: Sendable {
  /// Messages beyond which checking them goes to the compute pool.
  private static let inlineCount = 100

  let store: any OnlineStore
  let pool: ComputePool
  let queueLimit: Int
  let clock: @Sendable () -> Int64
  private let accepted = Counter(
    label: "recsys_features_events_total", dimensions: [("outcome", "accepted")])
  private let duplicate = Counter(
    label: "recsys_features_events_total", dimensions: [("outcome", "duplicate")])
  private let queued = Counter(
    label: "recsys_features_events_total", dimensions: [("outcome", "queued")])
  private let rejected = Counter(
    label: "recsys_features_events_total", dimensions: [("outcome", "rejected")])

  init(
    store: any OnlineStore, pool: ComputePool, queueLimit: Int,
    clock: @escaping @Sendable () -> Int64
  ) {
    self.store = store
    self.pool = pool
    self.queueLimit = queueLimit
    self.clock = clock
  }

  // MARK: Events

  func recordEvents(
    _ request: Recsys_Features_V1_RecordEventsRequest
  ) async throws -> Recsys_Features_V1_RecordEventsResponse {
    var checks = FieldChecks()
    checks.count(request.events.count, "events", atLeast: 1, atMost: Limits.eventCount)
    try checks.finish()
    try checkQueue()
    let now = clock()
    let checked = try await offloading(request.events.count) {
      request.events.map { CheckedEvent($0, now: now) }
    }
    let events = checked.compactMap(\.event)
    let outcome = try await FeatureErrors.mapping {
      events.isEmpty
        ? RecordOutcome(statuses: [], versions: [:]) : try await store.record(events)
    }
    accepted.increment(by: outcome.statuses.count { $0 == .accepted })
    duplicate.increment(by: outcome.statuses.count { $0 == .duplicate })
    queued.increment(by: outcome.statuses.count { $0 == .queued })
    rejected.increment(by: checked.count - events.count)
    return Self.response(checked, outcome)
  }

  /// An event that may be recorded, or why it may not.
  private struct CheckedEvent {
    var event: Event?
    var reason = ""

    init(_ proto: Recsys_Common_V1_Event, now: Int64) {
      var checks = FieldChecks()
      let event = Event(proto: proto, now: now, &checks)
      if checks.isClean {
        self.event = event
      } else {
        reason = checks.violations.map { "\($0.field): \($0.description)" }
          .joined(separator: "; ")
      }
    }
  }

  private static func response(_ checked: [CheckedEvent], _ outcome: RecordOutcome)
    -> Recsys_Features_V1_RecordEventsResponse
  {
    var response = Recsys_Features_V1_RecordEventsResponse()
    var statuses = outcome.statuses.makeIterator()
    response.outcomes = checked.map { event in
      var message = Recsys_Features_V1_EventOutcome()
      if event.event == nil {
        message.status = .rejected
        message.reason = event.reason
      } else {
        message.status =
          switch statuses.next() {
          case .duplicate: .duplicate
          case .queued: .queued
          case .accepted, nil: .accepted
          }
      }
      return message
    }
    for (user, version) in outcome.versions.sorted(by: { $0.key < $1.key }) {
      response.userKeys.append(user.rawValue)
      response.stateVersions.append(version)
    }
    return response
  }

  // MARK: Items

  func upsertItems(
    _ request: Recsys_Features_V1_UpsertItemsRequest
  ) async throws -> Recsys_Features_V1_UpsertItemsResponse {
    var checks = FieldChecks()
    checks.count(request.items.count, "items", atLeast: 1, atMost: Limits.upsertCount)
    try checks.finish()
    try checkQueue()
    let items = try await offloading(request.items.count) {
      try FieldChecks.collect { checks in
        request.items.enumerated().map { index, proto in
          checks.within("items", index) { Item(proto: proto, &$0) }
        }
      }
    }
    var response = Recsys_Features_V1_UpsertItemsResponse()
    response.sequence = try await FeatureErrors.mapping { try await store.upsert(items) }
    return response
  }

  func deleteItems(
    _ request: Recsys_Features_V1_DeleteItemsRequest
  ) async throws -> Recsys_Features_V1_DeleteItemsResponse {
    var checks = FieldChecks()
    if checks.count(
      request.itemIds.count, "item_ids", atLeast: 1, atMost: Limits.deleteCount)
    {
      checks.ids(request.itemIds, "item_ids", limit: Limits.deleteCount)
    }
    try checks.finish()
    try checkQueue()
    let ids = request.itemIds.map { ItemID(external: $0) }
    let outcome = try await FeatureErrors.mapping { try await store.delete(ids) }
    let missing = Set(outcome.missing)
    var response = Recsys_Features_V1_DeleteItemsResponse()
    response.sequence = outcome.sequence
    response.missingItemIds = zip(request.itemIds, ids).filter { missing.contains($1) }.map(\.0)
    return response
  }

  // MARK: Load

  private func checkQueue() throws {
    guard store.waitingWrites < queueLimit else {
      throw RPCError.resourceExhausted(
        "Too many writes wait for the disk.", retryAfter: .milliseconds(100))
    }
  }

  private func offloading<Result: Sendable>(
    _ count: Int, _ work: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    count <= Self.inlineCount ? try work() : try await pool.run(work)
  }
}
