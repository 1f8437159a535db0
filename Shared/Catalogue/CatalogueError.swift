/// What went wrong in the catalogue.
public struct CatalogueError: Error, Sendable {
  /// The kind of error.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String
    /// A code by name.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Two external ids have one key: the second of them is refused.
    public static let keyCollision = Code(rawValue: "key_collision")
    /// A filter that cannot mean anything.
    public static let invalidFilter = Code(rawValue: "invalid_filter")
    /// Bytes or a file that are not items.
    public static let malformed = Code(rawValue: "malformed")
    /// A file that cannot be read or written.
    public static let inputOutput = Code(rawValue: "input_output")
  }

  /// The kind of error.
  public var code: Code
  /// For people.
  public var message: String
  /// What led to it.
  public var cause: (any Error)?

  /// An error.
  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
