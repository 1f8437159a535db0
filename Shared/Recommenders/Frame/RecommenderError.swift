/// Why a recommender could not be made, fitted or asked.
public struct RecommenderError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure; more may come.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }
    /// Settings or data from the caller break the rules.
    public static let invalidArgument = Code("invalidArgument")
    /// The data lacks what this kind of model needs: order, ratings, enough entries.
    public static let unsuitableData = Code("unsuitableData")
    /// The numbers ran away.
    public static let numericFailure = Code("numericFailure")
    /// The time that was given is over.
    public static let outOfTime = Code("outOfTime")
    /// An optional library is not installed.
    public static let unavailable = Code("unavailable")
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
