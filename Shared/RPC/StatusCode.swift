/// A canonical gRPC status code.
///
/// A struct, not an enum: a peer may send a number that this table does not name.
public struct StatusCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  /// The number on the wire.
  public let rawValue: Int

  /// Makes a code from its number on the wire.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The call succeeded.
  public static let ok = StatusCode(rawValue: 0)
  /// The caller gave the call up.
  public static let cancelled = StatusCode(rawValue: 1)
  /// The cause is not known.
  public static let unknown = StatusCode(rawValue: 2)
  /// The caller's arguments are wrong, whatever the state of the system.
  public static let invalidArgument = StatusCode(rawValue: 3)
  /// The deadline passed before the call ended.
  public static let deadlineExceeded = StatusCode(rawValue: 4)
  /// The thing asked for does not exist.
  public static let notFound = StatusCode(rawValue: 5)
  /// The thing to create exists.
  public static let alreadyExists = StatusCode(rawValue: 6)
  /// The caller is known, and may not do this.
  public static let permissionDenied = StatusCode(rawValue: 7)
  /// A quota, a queue or a size limit is exhausted.
  public static let resourceExhausted = StatusCode(rawValue: 8)
  /// The system is not in a state in which this can be done.
  public static let failedPrecondition = StatusCode(rawValue: 9)
  /// A conflict with another caller; retry the whole transaction.
  public static let aborted = StatusCode(rawValue: 10)
  /// Beyond the valid range.
  public static let outOfRange = StatusCode(rawValue: 11)
  /// The server has no such method.
  public static let unimplemented = StatusCode(rawValue: 12)
  /// An invariant of the server is broken.
  public static let internalError = StatusCode(rawValue: 13)
  /// The server cannot be reached now; retry.
  public static let unavailable = StatusCode(rawValue: 14)
  /// Data are lost or corrupt.
  public static let dataLoss = StatusCode(rawValue: 15)
  /// The caller did not prove who it is.
  public static let unauthenticated = StatusCode(rawValue: 16)

  private static let names = [
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
    "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
    "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
  ]

  /// The name in gRPC's documents, such as `INVALID_ARGUMENT`.
  public var description: String {
    Self.names.indices.contains(rawValue) ? Self.names[rawValue] : "CODE_\(rawValue)"
  }
}
