import RecommendationCore
import Synchronization

/// The states of the users that were read or written last, bounded by number.
///
/// Two generations: what is used moves into the young one; when that is full the old one is dropped and the
/// young one grows old. O(1), and close enough to least-recently-used.
final class UserCache: Sendable {
  private struct State {
    var young: [UInt64: UserState] = [:]
    var old: [UInt64: UserState] = [:]
    /// Counts writes by a part of the key: a state that was read from disk before a write must not be
    /// put in after it.
    var epochs = [UInt32](repeating: 0, count: 1_024)
    var hits = 0
    var misses = 0
  }

  private let state = Mutex(State())
  private let generationLimit: Int

  init(limit: Int) { generationLimit = max(limit / 2, 1) }

  /// A cached state, or the token that ``insert(_:_:token:)`` wants after the read.
  enum Lookup {
    case hit(UserState)
    case miss(token: UInt32)
  }

  func lookup(_ id: UserID) -> Lookup {
    // What a generation's end frees is freed outside of the lock: it may be thousands of histories.
    var freed: [UInt64: UserState] = [:]
    defer { withExtendedLifetime(freed) {} }
    return state.withLock { state in
      if let user = state.young[id.rawValue] {
        state.hits += 1
        return .hit(user)
      }
      if let user = state.old[id.rawValue] {
        state.hits += 1
        put(user, id, &state, &freed)
        return .hit(user)
      }
      state.misses += 1
      return .miss(token: state.epochs[Self.slot(id)])
    }
  }

  /// Puts in what was read, unless the user was written since the lookup.
  func insert(_ user: UserState, _ id: UserID, token: UInt32) {
    var freed: [UInt64: UserState] = [:]
    defer { withExtendedLifetime(freed) {} }
    state.withLock { state in
      guard state.epochs[Self.slot(id)] == token else { return }
      put(user, id, &state, &freed)
    }
  }

  /// Puts in what was written.
  func publish(_ users: [UserID: UserState]) {
    var freed: [UInt64: UserState] = [:]
    defer { withExtendedLifetime(freed) {} }
    state.withLock { state in
      for (id, user) in users {
        state.epochs[Self.slot(id)] &+= 1
        put(user, id, &state, &freed)
      }
    }
  }

  /// Forgets all; what is being read meanwhile does not get in either.
  func removeAll() {
    var freed: [[UInt64: UserState]] = []
    defer { withExtendedLifetime(freed) {} }
    state.withLock { state in
      freed = [state.young, state.old]
      state.young = [:]
      state.old = [:]
      for slot in state.epochs.indices { state.epochs[slot] &+= 1 }
    }
  }

  /// Lookups that found something, and those that did not, so far.
  var counts: (hits: Int, misses: Int) { state.withLock { ($0.hits, $0.misses) } }

  private static func slot(_ id: UserID) -> Int { Int(truncatingIfNeeded: id.rawValue & 1_023) }

  private func put(
    _ user: UserState, _ id: UserID, _ state: inout State, _ freed: inout [UInt64: UserState]
  ) {
    if state.young.count >= generationLimit {
      freed = state.old
      state.old = state.young
      state.young = [:]
    }
    state.young[id.rawValue] = user
    state.old[id.rawValue] = nil
  }
}
