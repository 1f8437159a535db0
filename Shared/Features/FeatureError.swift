/// What went wrong in the feature engine or its store.
public struct FeatureError: Error, Sendable {
  /// The kind of error.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String
    /// A code by name.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// A feature that is not declared, or in another version.
    public static let unknownFeature = Code(rawValue: "unknown_feature")
    /// A feature of an entity that this read does not give.
    public static let wrongEntity = Code(rawValue: "wrong_entity")
    /// Stored bytes are not what they should be.
    public static let malformed = Code(rawValue: "malformed")
    /// A place in the change stream that this store never gave out.
    public static let unknownSequence = Code(rawValue: "unknown_sequence")
    /// Events that are not in the order of time.
    public static let notInOrder = Code(rawValue: "not_in_order")
    /// A store that should be empty is not.
    public static let notEmpty = Code(rawValue: "not_empty")
    /// The store cannot be reached now; trying again later is right.
    public static let unavailable = Code(rawValue: "unavailable")
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
