/// A configuration that cannot be used: which key, and what is wrong with it.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  /// Dotted key, e.g. `server.port`; empty when the whole file is at fault.
  public var key: String
  /// What is wrong, in words for an operator.
  public var message: String

  /// An error about a key.
  public init(key: String, _ message: String) {
    self.key = key
    self.message = message
  }

  /// `key: message`.
  public var description: String { key.isEmpty ? message : "\(key): \(message)" }
}
