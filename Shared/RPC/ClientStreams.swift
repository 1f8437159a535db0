public import SwiftProtobuf
import Synchronization

/// The responses of a server-streaming call, in order. Read it once, from one task.
///
/// The call leaves with the first `next()`. It throws the status when that is not OK. Dropping the
/// iterator, or cancelling the task, cancels the call.
public struct ResponseStream<Response: Message & Sendable>: AsyncSequence, Sendable {
  let open: @Sendable () async throws -> ClientCall

  /// Reads the stream.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let open: @Sendable () async throws -> ClientCall
    var call: ClientCall?
    var isAtEnd = false

    /// The next response; nil when the server has ended the call with OK.
    public mutating func next() async throws -> Response? {
      if isAtEnd { return nil }
      let call: ClientCall
      if let opened = self.call {
        call = opened
      } else {
        isAtEnd = true  // unless it opens
        call = try await open()
        self.call = call
        isAtEnd = false
      }
      let result = await withTaskCancellationHandler {
        await call.read(Response.self)
      } onCancel: {
        call.cancel()
      }
      if case .message(let response) = result { return response }
      isAtEnd = true
      self.call = nil
      if case .malformed(let error) = result {
        call.cancel()
        call.report(error)
        throw error
      }
      try await call.finish()
      return nil
    }
  }

  /// Starts reading.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(open: open) }
}

/// The writing side of a client-streaming call.
public struct RequestWriter<Request: Message & Sendable>: Sendable {
  let call: ClientCall
  let state = WriterState()

  /// Sends a request and waits until the transport has room for the next: that is the
  /// back-pressure. Throws when the server has ended the call; `Channel.call` then throws the
  /// server's reason.
  public func write(_ request: Request) async throws {
    guard state.begin() else {
      throw RPCError(.internalError, "A stream is written by one task at a time, until its end.")
    }
    defer { state.end() }
    guard try await call.write(request, last: false) else {
      throw StreamEndedByServer()
    }
  }
}

/// Whether a stream is being written now; gRPC allows one write at a time.
final class WriterState: Sendable {
  private enum Phase { case idle, writing, closed }
  private let phase = Mutex(Phase.idle)

  func begin() -> Bool {
    phase.withLock { phase in
      guard phase == .idle else { return false }
      phase = .writing
      return true
    }
  }

  func end() {
    phase.withLock { phase in if phase == .writing { phase = .idle } }
  }

  func close() -> Bool {
    phase.withLock { phase in
      defer { phase = .closed }
      return phase == .idle
    }
  }
}

/// The server ended a client-streaming call before the client had sent all; its status says why.
struct StreamEndedByServer: Error {}
