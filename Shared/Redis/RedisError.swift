/// What went wrong between this process and Redis, or in Redis.
public struct RedisError: Error, Sendable, Equatable {
  /// The kind of error.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's name.
    public var rawValue: String
    /// A code by name.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// There is no connection now. The command was not sent; connecting goes on in the background.
    public static let notConnected = Code(rawValue: "not_connected")
    /// The connection broke before the answer came: the command may have been carried out.
    public static let connectionLost = Code(rawValue: "connection_lost")
    /// No answer in time: the command may have been carried out, or may still be.
    public static let timedOut = Code(rawValue: "timed_out")
    /// Too many commands wait for their answers. The command was not sent.
    public static let queueFull = Code(rawValue: "queue_full")
    /// The client has been closed. The command was not sent.
    public static let closed = Code(rawValue: "closed")
    /// Redis refused the command; ``RedisError/kind`` is the first word of what it said.
    public static let refused = Code(rawValue: "refused")
    /// An answer of another kind than the command has.
    public static let unexpectedReply = Code(rawValue: "unexpected_reply")
    /// An address that cannot be understood.
    public static let badAddress = Code(rawValue: "bad_address")
  }

  /// The kind of error.
  public var code: Code
  /// For people.
  public var message: String

  /// An error.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Redis's own word for the kind of error, such as NOSCRIPT or WRONGTYPE; empty for all codes but
  /// ``Code/refused``.
  public var kind: Substring {
    code == .refused ? message.prefix { $0 != " " } : ""
  }

  /// Whether the command certainly changed nothing.
  public var wasNotSent: Bool {
    code == .notConnected || code == .queueFull || code == .closed || code == .badAddress
  }

  /// Whether Redis could not be reached or did not answer, as against having refused.
  public var isUnavailable: Bool {
    switch code {
    case .notConnected, .connectionLost, .timedOut, .queueFull, .closed: true
    case .refused:
      ["LOADING", "MASTERDOWN", "OOM", "READONLY", "MISCONF", "BUSY"]
        .contains(String(kind))
    default: false
    }
  }
}
