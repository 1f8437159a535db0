internal import CHiredis
import Foundation
import Synchronization

/// What callers' threads and the event loop's thread share: the commands that wait to be sent, and the bell
/// that wakes the loop.
final class LoopInbox: Sendable {
  private struct State {
    var waiting: [PendingBatch] = []
    var isStopped = false
    /// Why commands are turned away now; nil while they are taken.
    var refusal: RedisError?
  }

  private let state = Mutex(State())
  /// Commands that were taken and have no answer yet.
  private let outstanding = Atomic<Int>(0)
  private let limit: Int
  /// The bell: a kernel event counter. Owned.
  let bell: Int32

  init(limit: Int) throws {
    self.limit = limit
    bell = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard bell >= 0 else {
      throw RedisError(.notConnected, "no event counter: \(String(cString: strerror(errno)))")
    }
    LiveHandles.add()
  }

  deinit {
    close(bell)
    LiveHandles.remove()
  }

  /// Commands without an answer yet.
  var outstandingCount: Int { outstanding.load(ordering: .relaxed) }

  /// Takes a batch, or says why not.
  func add(_ batch: PendingBatch) {
    let count = batch.commands.count
    guard outstanding.wrappingAdd(count, ordering: .relaxed).newValue <= limit else {
      outstanding.wrappingSubtract(count, ordering: .relaxed)
      return batch.fail(
        RedisError(.queueFull, "\(limit) commands wait for their answers already"))
    }
    let (refusal, isFirst) = state.withLock { state -> (RedisError?, Bool) in
      if let refusal = state.refusal { return (refusal, false) }
      state.waiting.append(batch)
      return (nil, state.waiting.count == 1)
    }
    if let refusal {
      outstanding.wrappingSubtract(count, ordering: .relaxed)
      return batch.fail(refusal)
    }
    if isFirst { ring() }
  }

  /// Everything that waits.
  func take() -> [PendingBatch] {
    state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
  }

  /// The loop is done with these: answered or failed.
  func settle(_ count: Int) { outstanding.wrappingSubtract(count, ordering: .relaxed) }

  /// From now on commands are turned away with this error at once; nil: they are taken again.
  func refuse(_ error: RedisError?) {
    state.withLock { state in
      if !state.isStopped { state.refusal = error }
    }
  }

  /// Whether commands are taken.
  var isOpen: Bool { state.withLock { $0.refusal == nil } }

  /// Turns the loop's thread home.
  func stop() {
    state.withLock { state in
      state.isStopped = true
      state.refusal = RedisError(.closed, "the client has been closed")
    }
    ring()
  }

  var isStopped: Bool { state.withLock { $0.isStopped } }

  private func ring() { eventfd_write(bell, 1) }

  /// Makes the bell silent again.
  func silence() {
    var count: eventfd_t = 0
    eventfd_read(bell, &count)
  }
}
