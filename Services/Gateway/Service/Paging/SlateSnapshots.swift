import RecommendationCore
import RecommendationProtos
import StagePipeline
import Synchronization

/// What a first page leaves for the pages after it: the ranking as it stood, so that new events do not move it.
final class SlateSnapshot: Sendable {
  let requestFingerprint: UInt64
  let expiresMilliseconds: Int64
  /// All ranked candidates, best first, those of the first page included.
  let ranked: [SlateCandidate]
  let provenance: Provenance
  let user: UserState
  let versions: [ComponentVersion]
  let degradations: [Degradation]

  init(
    requestFingerprint: UInt64, expiresMilliseconds: Int64, ranked: [SlateCandidate],
    provenance: Provenance, user: UserState, versions: [ComponentVersion],
    degradations: [Degradation]
  ) {
    self.requestFingerprint = requestFingerprint
    self.expiresMilliseconds = expiresMilliseconds
    self.ranked = ranked
    self.provenance = provenance
    self.user = user
    self.versions = versions
    self.degradations = degradations
  }

  convenience init(
    requestFingerprint: UInt64, expiresMilliseconds: Int64,
    result: PipelineResult<RecommendQuery, SlateCandidate>
  ) {
    self.init(
      requestFingerprint: requestFingerprint, expiresMilliseconds: expiresMilliseconds,
      ranked: result.ranked, provenance: result.query.provenance, user: result.query.user,
      versions: result.query.versions, degradations: result.degradations)
  }
}

/// The snapshots of this gateway: bounded in number and in time; the oldest goes first.
final class SlateSnapshots: Sendable {
  private struct State {
    var byID: [UInt64: SlateSnapshot] = [:]
    /// Ids in the order of their coming, as a ring.
    var ring: [UInt64]
    var next = 0
  }

  private let state: Mutex<State>
  private let capacity: Int

  /// - Parameter capacity: how many to keep; 0 for none, whereupon every page is made anew.
  init(capacity: Int) {
    self.capacity = capacity
    state = Mutex(State(ring: Array(repeating: 0, count: capacity)))
  }

  /// Keeps a snapshot under a new id.
  func insert(_ snapshot: SlateSnapshot) -> UInt64 {
    let id = UInt64.random(in: 1 ... .max)
    guard capacity > 0 else { return id }
    // What goes is let go outside of the lock: it is some hundred candidates.
    let evicted = state.withLock { state in
      let evicted = state.byID.removeValue(forKey: state.ring[state.next])
      state.ring[state.next] = id
      state.next = (state.next + 1) % capacity
      state.byID[id] = snapshot
      return evicted
    }
    withExtendedLifetime(evicted) {}
    return id
  }

  /// The snapshot that a cursor names, if it is still here and belongs to the same request.
  func find(_ cursor: PageCursor, now: Int64) -> SlateSnapshot? {
    guard let snapshot = state.withLock({ $0.byID[cursor.snapshotID] }),
      snapshot.requestFingerprint == cursor.requestFingerprint, snapshot.expiresMilliseconds > now
    else { return nil }
    return snapshot
  }
}
