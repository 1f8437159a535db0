/// What went wrong while fitting, saving or loading a model.
public struct ModelError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure; more may come.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }
    /// Settings or data from the caller break the rules.
    public static let invalidArgument = Code("invalidArgument")
    /// A bundle does not hold what a model of its kind needs.
    public static let malformed = Code("malformed")
    /// The numbers ran away: a system could not be solved.
    public static let numericFailure = Code("numericFailure")
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
