/// What went wrong in the store.
public struct StoreError: Error, Sendable {
  /// The kind of error: which operation failed.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String
    /// A code by name.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The folder cannot be opened: another process holds it, or it is no store, or it is damaged.
    public static let openFailed = Code(rawValue: "open_failed")
    /// A read failed.
    public static let readFailed = Code(rawValue: "read_failed")
    /// A write failed; nothing of its batch counts.
    public static let writeFailed = Code(rawValue: "write_failed")
    /// A checkpoint could not be made.
    public static let checkpointFailed = Code(rawValue: "checkpoint_failed")
    /// The store was not opened with this column family.
    public static let unknownFamily = Code(rawValue: "unknown_family")
    /// Stored bytes are not what they should be.
    public static let malformed = Code(rawValue: "malformed")
    /// The writer has been closed.
    public static let closed = Code(rawValue: "closed")
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
