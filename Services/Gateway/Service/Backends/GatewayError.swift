/// What the gateway itself finds wrong.
struct GatewayError: Error, Sendable {
  /// Kinds of trouble.
  struct Code: Sendable, Hashable {
    private enum Value { case malformedAnswer, configuration, disk }
    private let value: Value
    /// A service answered what its contract does not allow.
    static let malformedAnswer = Code(value: .malformedAnswer)
    /// The configuration makes no sense.
    static let configuration = Code(value: .configuration)
    /// A file takes no write.
    static let disk = Code(value: .disk)
  }

  var code: Code
  var message: String
  var cause: (any Error)?

  init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
