/// Why a job of the pipeline could not be done.
public struct PipelineError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public let rawValue: String
    /// A code by name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Something that an earlier command makes is not there.
    public static let missing = Code(rawValue: "missing")
    /// The data is not enough for the job.
    public static let insufficientData = Code(rawValue: "insufficientData")
    /// The validation rules refuse the data.
    public static let validation = Code(rawValue: "validation")
    /// A service could not be started or ended by itself.
    public static let service = Code(rawValue: "service")
    /// An option does not make sense.
    public static let usage = Code(rawValue: "usage")
  }

  /// What kind of failure it is.
  public var code: Code
  /// What happened and what can be done, for people.
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
  public var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
