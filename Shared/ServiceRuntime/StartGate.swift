import RPC
import Synchronization

/// Refuses calls until the service has started. It listens before that, so that health can be asked; but a call
/// that it answered from an empty catalogue or without its models would be a worse answer than that of a replica, or
/// of the same service a moment later.
final class StartGate: Sendable {
  private let isOpen = Atomic(false)

  /// From now on calls are let in.
  func open() { isOpen.store(true, ordering: .releasing) }

  /// - Throws: UNAVAILABLE with RetryInfo before the start.
  func check() throws {
    guard !isOpen.load(ordering: .acquiring) else { return }
    throw RPCError(
      .unavailable, "The service is starting.", details: [.retryInfo(delay: .milliseconds(200))])
  }
}
