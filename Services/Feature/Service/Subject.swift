import Catalogue
import Features
import RPC
import RecommendationCore
import ServiceContracts

/// The user, or anonymous session, that a read is for.
struct Subject: Sendable {
  /// What is known, with the session's recent items as its newest part.
  let state: UserState
  /// What is recorded of them; 0: nothing.
  let version: UInt64

  /// Reads what is known.
  ///
  /// - Parameters:
  ///   - userKey: 0 for an anonymous session.
  ///   - sessionKey: used when `userKey` is 0; 0 for none.
  ///   - recentItemKeys: items of a session that is not recorded here, newest first.
  static func read(
    from store: any OnlineStore, userKey: UInt64, sessionKey: UInt64, recentItemKeys: [UInt64],
    at time: Int64
  ) async throws -> Subject {
    let id = UserID(rawValue: userKey != 0 ? userKey : sessionKey)
    let recorded = id.rawValue == 0 ? UserState() : try await store.user(id)
    guard !recentItemKeys.isEmpty else {
      return Subject(state: recorded, version: recorded.totals.version)
    }
    let state = recorded.viewing(
      recentItemKeys.map(ItemID.init(rawValue:)), catalogue: store.catalogue.snapshot,
      counters: try await store.counters(), at: time)
    return Subject(state: state, version: recorded.totals.version)
  }
}

/// The moment of a read: the one asked for, or now.
struct Moment {
  let milliseconds: Int64

  init(_ asked: Int64, clock: @Sendable () -> Int64, _ checks: inout FieldChecks) {
    checks.require(asked >= 0, "time_ms", "must not be negative")
    milliseconds = asked > 0 ? asked : clock()
  }
}
