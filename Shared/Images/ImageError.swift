/// Why an image could not be read or written.
public struct ImageError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public let rawValue: String
    /// A code by name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A file cannot be read or written.
    public static let file = Code(rawValue: "file")
    /// The bytes are no image of this format.
    public static let format = Code(rawValue: "format")
    /// The image is larger than the caller allows.
    public static let tooLarge = Code(rawValue: "tooLarge")
  }

  /// What kind of failure it is.
  public var code: Code
  /// What happened, for people.
  public var message: String
  /// What led to it.
  public var cause: (any Error)?

  /// A failure.
  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// The message.
  public var description: String { message }
}
