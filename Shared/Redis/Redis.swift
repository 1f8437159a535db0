import Foundation
import Synchronization

/// What happens to a client's connection, for its owner's log and metrics.
public enum RedisEvent: Sendable, Equatable {
  /// Connected, let in, and ready.
  case connected
  /// Commands go unanswered: new ones are turned away until the server speaks again.
  case stalled
  /// The connection is gone, or could not be made. Attempts go on; only the first failure of a row is told.
  case lost(RedisError)
}

/// An asynchronous client of one Redis server, through hiredis. It does not speak to a Redis Cluster: MOVED and ASK
/// come back as refusals.
///
/// One connection, one thread of its own; callers' threads never block. Commands of all callers are pipelined:
/// what waits goes out in one write. The connection is made in the background and made again after it broke,
/// with back-off. Until the first connection stands or fails, commands wait for it; later, while there is none,
/// they fail at once with ``RedisError/Code/notConnected``: a cache's caller should not wait for a dead cache.
///
/// A command that was sent and not answered in time may still be carried out: callers that must know make their
/// commands safe to repeat.
public final class Redis: Sendable {
  /// How it was set up.
  public let configuration: RedisConfiguration
  private let inbox: LoopInbox
  private let ended = DispatchSemaphore(value: 0)
  let scripts = Mutex<[String: String]>([:])

  /// Starts the client; nothing has been reached yet when this returns.
  ///
  /// - Parameters:
  ///   - configuration: where and how.
  ///   - onEvent: hears of the connection's life, on the client's thread.
  /// - Throws: ``RedisError`` when the kernel has no descriptors left.
  public init(
    configuration: RedisConfiguration, onEvent: @escaping @Sendable (RedisEvent) -> Void = { _ in }
  ) throws {
    self.configuration = configuration
    let inbox = try LoopInbox(limit: max(configuration.queueLimit, 1))
    self.inbox = inbox
    // Handed over whole to the thread, which alone uses it.
    nonisolated(unsafe) let loop = try EventLoop(
      configuration: configuration, inbox: inbox, report: onEvent)
    let ended = ended
    let thread = Thread {
      loop.run()
      ended.signal()
    }
    thread.name = "redis"
    thread.start()
  }

  deinit { inbox.stop() }

  /// Fails what waits, ends the connection and the thread. Blocks until that is done. Later commands are refused.
  public func close() {
    inbox.stop()
    ended.wait()
    ended.signal()
  }

  /// Commands that wait for their answers.
  public var outstandingCount: Int { inbox.outstandingCount }

  /// Whether commands are taken now; false while there is no connection.
  public var isOpen: Bool { inbox.isOpen }

  /// Sends a command and waits for its answer.
  ///
  /// - Parameter timeout: default: the configuration's.
  /// - Throws: ``RedisError``, or `CancellationError` when the task is cancelled; a command that was sent is
  ///   carried out all the same.
  @discardableResult
  public func send(_ command: RedisCommand, timeout: Duration? = nil) async throws -> RedisValue {
    try await sendAll([command], timeout: timeout)[0].checked()
  }

  /// Sends commands one right after the other, nobody else's between them, and waits for all answers. A refusal
  /// of one of them is among the answers.
  ///
  /// - Throws: as ``send(_:timeout:)``, refusals apart.
  public func sendAll(_ commands: [RedisCommand], timeout: Duration? = nil) async throws
    -> [RedisValue]
  {
    guard !commands.isEmpty else { return [] }
    try Task.checkCancellation()
    let batch = PendingBatch(commands, deadline: .now + (timeout ?? configuration.timeout))
    inbox.add(batch)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { batch.wait($0) }
    } onCancel: {
      batch.fail(CancellationError())
    }
  }
}
