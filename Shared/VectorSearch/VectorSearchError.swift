/// What went wrong with a vector index.
public struct VectorSearchError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure; more may come.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }
    /// A query, filter or setting does not fit the index.
    public static let invalidArgument = Code("invalidArgument")
    /// The library refused, or the file is not an index.
    public static let indexFailure = Code("indexFailure")
  }

  /// The kind of failure.
  public var code: Code
  /// For people: what and where.
  public var message: String
  /// What caused it.
  public var cause: (any Error)?

  /// A failure.
  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// The message, with its cause.
  public var description: String { cause.map { "\(message): \($0)" } ?? message }
}
