internal import CGRPC
internal import SwiftProtobuf

// One object waits for one completion of the shim. It is retained while the shim holds its address
// and released by the callback, which always comes exactly once.
//
// The Swift runtime does not tell ThreadSanitizer of a continuation that is resumed before its task
// has suspended, so the callbacks and the waits tell it (cgrpc_order_…).

/// Takes over the order that a waiter's callback released. The waiter is kept until then, because
/// ThreadSanitizer forgets what it knows of freed memory.
private func acquire(_ waiter: AnyObject?) {
  cgrpc_order_acquire(waiter.map { Unmanaged.passUnretained($0).toOpaque() })
}

/// Waits for the end of a write.
final class WriteWaiter {
  private let continuation: UnsafeContinuation<Bool, Never>

  init(_ continuation: UnsafeContinuation<Bool, Never>) { self.continuation = continuation }

  static let callback: cgrpc_write_done = { context, isDone in
    cgrpc_order_release(context)
    Unmanaged<WriteWaiter>.fromOpaque(context).takeRetainedValue()
      .continuation.resume(returning: isDone)
  }

  /// Starts a write with `start` and waits until the transport has room for more.
  static func wait(_ start: (UnsafeMutableRawPointer) -> Void) async -> Bool {
    var kept: AnyObject?
    let result = await withUnsafeContinuation { continuation in
      let waiter = WriteWaiter(continuation)
      kept = waiter
      start(Unmanaged.passRetained(waiter).toOpaque())
    }
    acquire(kept)
    return result
  }
}

/// What a read gave.
enum ReadResult<M: Message & Sendable>: Sendable {
  case message(M)
  case malformed(RPCError)
  case end
  case broken
}

/// Waits for a message; without its type, as the shim sees it.
class AnyReadWaiter {
  func complete(_ result: cgrpc_read_result, _ bytes: UnsafeRawBufferPointer) {}

  static let callback: cgrpc_read_done = { context, result, bytes, count in
    cgrpc_order_release(context)
    Unmanaged<AnyReadWaiter>.fromOpaque(context).takeRetainedValue()
      .complete(result, UnsafeRawBufferPointer(start: bytes, count: count))
  }
}

/// Waits for a message and decodes it while the shim lends the bytes.
final class ReadWaiter<M: Message & Sendable>: AnyReadWaiter {
  private let continuation: UnsafeContinuation<ReadResult<M>, Never>
  private let blame: StatusCode

  init(_ continuation: UnsafeContinuation<ReadResult<M>, Never>, blame: StatusCode) {
    self.continuation = continuation
    self.blame = blame
  }

  override func complete(_ result: cgrpc_read_result, _ bytes: UnsafeRawBufferPointer) {
    switch result {
    case CGRPC_READ_MESSAGE:
      do throws(RPCError) {
        continuation.resume(returning: .message(try M(borrowing: bytes, blaming: blame)))
      } catch {
        continuation.resume(returning: .malformed(error))
      }
    case CGRPC_READ_END: continuation.resume(returning: .end)
    default: continuation.resume(returning: .broken)
    }
  }

  /// Starts a read with `start` and waits for the message.
  static func wait(
    blaming code: StatusCode, _ start: (UnsafeMutableRawPointer) -> Void
  ) async -> ReadResult<M> {
    var kept: AnyObject?
    let result = await withUnsafeContinuation { continuation in
      let waiter = ReadWaiter(continuation, blame: code)
      kept = waiter
      start(Unmanaged.passRetained(waiter).toOpaque())
    }
    acquire(kept)
    return result
  }
}

/// Waits for the end of a call; without its type, as the shim sees it.
class AnyOutcomeWaiter {
  func complete(_ outcome: borrowing cgrpc_outcome) {}

  static let callback: cgrpc_client_done = { context, outcome in
    cgrpc_order_release(context)
    Unmanaged<AnyOutcomeWaiter>.fromOpaque(context).takeRetainedValue().complete(outcome.pointee)
  }
}

/// Waits for the end of a call that has one response, and decodes it while the shim lends it.
final class OutcomeWaiter<M: Message & Sendable>: AnyOutcomeWaiter {
  private let continuation: UnsafeContinuation<M, any Error>

  init(_ continuation: UnsafeContinuation<M, any Error>) { self.continuation = continuation }

  override func complete(_ outcome: borrowing cgrpc_outcome) {
    if let error = RPCError(outcome) { return continuation.resume(throwing: error) }
    guard outcome.has_message else {
      return continuation.resume(
        throwing: RPCError(.internalError, "The server said OK and sent no response."))
    }
    let bytes = UnsafeRawBufferPointer(start: outcome.message, count: outcome.message_count)
    do throws(RPCError) {
      continuation.resume(returning: try M(borrowing: bytes, blaming: .internalError))
    } catch {
      continuation.resume(throwing: error)
    }
  }

  /// Starts a call with `start` and waits for its response.
  static func wait(_ start: (UnsafeMutableRawPointer) -> Void) async throws -> M {
    var kept: AnyObject?
    defer { acquire(kept) }
    return try await withUnsafeThrowingContinuation { continuation in
      let waiter = OutcomeWaiter(continuation)
      kept = waiter
      start(Unmanaged<AnyOutcomeWaiter>.passRetained(waiter).toOpaque())
    }
  }
}

/// Waits for the status of a stream; nil is OK.
final class StatusWaiter: AnyOutcomeWaiter {
  private let continuation: UnsafeContinuation<RPCError?, Never>

  init(_ continuation: UnsafeContinuation<RPCError?, Never>) { self.continuation = continuation }

  override func complete(_ outcome: borrowing cgrpc_outcome) {
    continuation.resume(returning: RPCError(outcome))
  }

  /// Starts a finish with `start` and waits for the status.
  static func wait(_ start: (UnsafeMutableRawPointer) -> Void) async -> RPCError? {
    var kept: AnyObject?
    let result = await withUnsafeContinuation { continuation in
      let waiter = StatusWaiter(continuation)
      kept = waiter
      start(Unmanaged.passRetained(waiter).toOpaque())
    }
    acquire(kept)
    return result
  }
}

extension RPCError {
  /// The error that an outcome tells of; nil when the call went well.
  init?(_ outcome: borrowing cgrpc_outcome) {
    guard outcome.code != 0 else { return nil }
    let text = UnsafeRawBufferPointer(start: outcome.text, count: outcome.text_count)
    let details = UnsafeRawBufferPointer(start: outcome.details, count: outcome.details_count)
    self.init(
      wireCode: Int(outcome.code), message: String(decoding: text, as: UTF8.self),
      details: details.isEmpty ? nil : Array(details))
  }
}

extension Metadata {
  /// Collects what `visit` shows.
  init(visiting visit: (UnsafeMutableRawPointer, cgrpc_metadata_visitor) -> Void) {
    self.init()
    withUnsafeMutablePointer(to: &self) { collected in
      visit(UnsafeMutableRawPointer(collected)) { context, key, keyCount, value, valueCount in
        let key = UnsafeRawBufferPointer(start: key, count: keyCount)
        let value = UnsafeRawBufferPointer(start: value, count: valueCount)
        context?.assumingMemoryBound(to: Metadata.self).pointee
          .append(String(decoding: key, as: UTF8.self), bytes: Array(value))
      }
    }
  }

  /// Gives each pair to a function of the shim that copies it.
  func forEachPair(
    _ body: (UnsafePointer<CChar>, Int, UnsafePointer<CChar>, Int) -> Void
  ) {
    for entry in self {
      Array(entry.key.utf8).withUnsafeBytes { key in
        entry.bytes.withUnsafeBytes { value in
          withExtendedLifetime((key, value)) {
            let empty = UnsafeRawBufferPointer(start: key.baseAddress, count: 0)
            let bytes = value.isEmpty ? empty : value
            guard let key = key.baseAddress, let start = bytes.baseAddress else { return }
            body(
              key.assumingMemoryBound(to: CChar.self), entry.key.utf8.count,
              start.assumingMemoryBound(to: CChar.self), bytes.count)
          }
        }
      }
    }
  }
}
