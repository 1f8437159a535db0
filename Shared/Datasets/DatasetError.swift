/// Why a dataset could not be read, checked or written.
public struct DatasetError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public let rawValue: String
    /// A code by name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A file is missing or cannot be read or written.
    public static let file = Code(rawValue: "file")
    /// A file is not what its name says.
    public static let format = Code(rawValue: "format")
    /// The validation rules refuse the data.
    public static let validation = Code(rawValue: "validation")
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

  /// Message and cause.
  public var description: String {
    cause.map { "\(message) (\($0))" } ?? message
  }
}
