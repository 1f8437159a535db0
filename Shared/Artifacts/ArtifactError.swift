/// What went wrong with a bundle, a registry or a tensor file.
public struct ArtifactError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure; more may come.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }
    /// A file could not be read or written.
    public static let inputOutput = Code("inputOutput")
    /// A file's contents break its format, or do not have the promised checksum.
    public static let malformed = Code("malformed")
    /// There is no such bundle, label, file or tensor.
    public static let notFound = Code("notFound")
    /// A bundle of this kind and version is there already.
    public static let alreadyExists = Code("alreadyExists")
    /// A name, shape or value from the caller breaks the rules.
    public static let invalidArgument = Code("invalidArgument")
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
