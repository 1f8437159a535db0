public import SwiftProtobuf

/// The writing side of a server-streaming call.
public struct ResponseWriter<Response: Message & Sendable>: Sendable {
  let call: ServerCall

  /// Sends a response and waits until the transport has room for the next: that is the
  /// back-pressure. Throws when the client is gone.
  public func write(_ response: Response) async throws {
    try await call.write(response)
  }
}

/// The requests of a client-streaming call, in order. Read it once, from one task.
///
/// It ends when the client has sent all; it throws when the client is gone (CANCELLED) or sends
/// bytes that are not a request (INVALID_ARGUMENT).
public struct RequestStream<Request: Message & Sendable>: AsyncSequence, Sendable {
  let call: ServerCall

  /// Reads the stream.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let call: ServerCall
    var isAtEnd = false

    /// The next request; nil at the end.
    public mutating func next() async throws -> Request? {
      if isAtEnd { return nil }
      let request = try await call.read(Request.self)
      isAtEnd = request == nil
      return request
    }
  }

  /// Starts reading.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(call: call) }
}
