/// What the frame itself finds wrong.
public struct StagePipelineError: Error, Sendable {
  /// Kinds of trouble.
  public struct Code: Sendable, Hashable {
    private enum Value { case deadlineExceeded, circuitOpen, contractBroken }
    private let value: Value
    /// A required stage's time was up.
    public static let deadlineExceeded = Code(value: .deadlineExceeded)
    /// A stage let its time go by too often of late, and was not asked.
    public static let circuitOpen = Code(value: .circuitOpen)
    /// A stage broke its contract.
    public static let contractBroken = Code(value: .contractBroken)
  }

  /// What kind of trouble.
  public var code: Code
  /// For people.
  public var message: String
  /// What lay behind it.
  public var cause: (any Error)?

  init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
