/// What went wrong in loading, training or running a ranker.
public struct RankerError: Error, Sendable, CustomStringConvertible {
  /// The kind of fault.
  public struct Code: Sendable, Hashable {
    let name: String

    /// The model's bytes or files do not make a model.
    public static let malformedModel = Code(name: "malformedModel")
    /// The model's files name a kind of ranker that this build does not know.
    public static let unknownKind = Code(name: "unknownKind")
    /// The model's input and its specification disagree.
    public static let specificationMismatch = Code(name: "specificationMismatch")
    /// The rows are not of the shape that the model needs.
    public static let wrongShape = Code(name: "wrongShape")
    /// The model gave a score that is no finite number.
    public static let nonFiniteScore = Code(name: "nonFiniteScore")
    /// Examples or parameters that nothing can be trained from.
    public static let invalidTraining = Code(name: "invalidTraining")
    /// The underlying library refused.
    public static let library = Code(name: "library")
  }

  /// The kind of fault.
  public var code: Code
  /// For people.
  public var message: String
  /// What it came from, if anything.
  public var cause: (any Error)?

  /// An error.
  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// For logs.
  public var description: String {
    cause.map { "\(code.name): \(message) (\($0))" } ?? "\(code.name): \(message)"
  }
}
