/// What went wrong with a text space.
public struct TextError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure; more may come.
  public struct Code: Sendable, Hashable {
    private enum Value { case malformed }
    private let value: Value
    /// A bundle does not hold what a space needs.
    public static let malformed = Code(value: .malformed)
  }

  /// The kind of failure.
  public var code: Code
  /// For people: what and where.
  public var message: String

  /// A failure.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
