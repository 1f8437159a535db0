/// How a call fails: a canonical code, words, and machine-readable details.
///
/// Thrown by a handler, it becomes the call's status; thrown by a `Channel`, it is the status that
/// the server sent, or one that the transport made.
public struct RPCError: Error, Sendable, CustomStringConvertible {
  /// The canonical code; never `ok`.
  public var code: StatusCode
  /// Words for people. They reach the caller: no secrets.
  public var message: String
  /// Machine-readable parts, which travel in `grpc-status-details-bin`.
  public var details: [ErrorDetail]
  /// Trailers that go (server) or came (client) with the error.
  public var metadata: Metadata = [:]
  /// What led to this. Stays in this process.
  public var cause: (any Error)?

  /// Makes an error.
  public init(
    _ code: StatusCode, _ message: String, details: [ErrorDetail] = [], cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.details = details
    self.cause = cause
  }

  /// INVALID_ARGUMENT that names each wrong field, in words and as `BadRequest` details.
  public static func invalidArgument(_ violations: [FieldViolation]) -> RPCError {
    let words = violations.map { "\($0.field): \($0.description)" }.joined(separator: "; ")
    return RPCError(.invalidArgument, words, details: [.badRequest(violations)])
  }

  /// INVALID_ARGUMENT for one field.
  public static func invalidArgument(field: String, _ description: String) -> RPCError {
    invalidArgument([FieldViolation(field: field, description: description)])
  }

  /// RESOURCE_EXHAUSTED that says when to come back.
  public static func resourceExhausted(_ message: String, retryAfter delay: Duration) -> RPCError {
    RPCError(.resourceExhausted, message, details: [.retryInfo(delay: delay)])
  }

  /// The wrong fields that the details name.
  public var fieldViolations: [FieldViolation] {
    details.flatMap { detail -> [FieldViolation] in
      if case .badRequest(let violations) = detail { violations } else { [] }
    }
  }

  /// The stable reason that the details give (`google.rpc.ErrorInfo`), such as `FEATURE_SET_UNKNOWN`.
  public var reason: String? {
    for case .errorInfo(let reason, _, _) in details { return reason }
    return nil
  }

  /// How long the server asks to wait before a retry.
  public var retryDelay: Duration? {
    for case .retryInfo(let delay) in details { return delay }
    return nil
  }

  /// `INVALID_ARGUMENT: count: must be at most 500`.
  public var description: String {
    message.isEmpty ? code.description : "\(code): \(message)"
  }
}
