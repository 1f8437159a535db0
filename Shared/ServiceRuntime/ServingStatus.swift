import Synchronization

/// Lets the parts of a running service say that it cannot serve for now, e.g. because its disk takes no writes, and
/// that it can again. Health and readiness follow; calls are still taken, since some may be answered all the same.
public final class ServingStatus: Sendable {
  private struct State {
    var canServe = true
    var follow: (@Sendable (Bool) -> Void)?
  }

  private let state = Mutex(State())

  /// A service that can serve.
  public init() {}

  /// Says whether the service can serve.
  public func set(_ canServe: Bool) {
    let follow = state.withLock { state in
      guard state.canServe != canServe else { return (@Sendable (Bool) -> Void)?.none }
      state.canServe = canServe
      return state.follow
    }
    follow?(canServe)
  }

  /// From now on `body` hears of each change, and at once if the service cannot serve.
  func follow(_ body: @escaping @Sendable (Bool) -> Void) {
    let canServe = state.withLock { state in
      state.follow = body
      return state.canServe
    }
    if !canServe { body(false) }
  }

  /// Nobody hears of changes any more.
  func unfollow() { state.withLock { $0.follow = nil } }
}
