import Foundation

/// Where Redis is, and how patient its client is.
///
/// Connections are plain: for TLS put stunnel or a proxy in between.
public struct RedisConfiguration: Sendable, Equatable {
  /// Where a server listens.
  public enum Address: Sendable, Equatable, Hashable {
    /// A name or number, and a port.
    case tcp(host: String, port: Int)
    /// The path of a socket.
    case unix(path: String)
  }

  /// Where the server listens.
  public var address: Address
  /// User of the access list (Redis 6 and later); empty: the default user.
  public var user = ""
  /// Password; empty: none.
  public var password = ""
  /// Number of the database.
  public var database = 0
  /// How long a command may take where its call says nothing else.
  public var timeout: Duration = .milliseconds(250)
  /// How long connecting and the first words may take, and how long a silent connection with unanswered commands
  /// is kept.
  public var connectTimeout: Duration = .seconds(1)
  /// Wait after the first failed attempt to connect; it doubles with each, with jitter.
  public var backoff: Duration = .milliseconds(50)
  /// Longest wait between attempts.
  public var longestBackoff: Duration = .seconds(1)
  /// Commands that may wait for their answers at once.
  public var queueLimit = 10_000

  /// A configuration for an address.
  public init(address: Address = .tcp(host: "127.0.0.1", port: 6379)) { self.address = address }

  /// Reads `redis://[[user]:password@]host[:port][/database]` or
  /// `unix://[[user]:password@]/path/of/socket[?database]`.
  ///
  /// User and password may be percent-encoded.
  ///
  /// - Throws: ``RedisError`` with code `badAddress`. Its message never shows the password.
  public init(url: String) throws {
    func bad(_ reason: String) -> RedisError {
      RedisError(
        .badAddress,
        "\(reason); wanted redis://[user:password@]host[:port][/database] or unix:///path[?database]"
      )
    }
    guard let schemeEnd = url.range(of: "://") else { throw bad("an address without a scheme") }
    let scheme = url[..<schemeEnd.lowerBound]
    var rest = url[schemeEnd.upperBound...]
    var user = ""
    var password = ""
    if let at = rest.lastIndex(of: "@") {
      let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let name = String(parts[0]).removingPercentEncoding,
        let secret = String(parts[1]).removingPercentEncoding
      else { throw bad("credentials without a colon") }
      (user, password) = (name, secret)
      rest = rest[rest.index(after: at)...]
    }
    let divider: Character
    switch scheme {
    case "redis": divider = "/"
    case "unix": divider = "?"
    default: throw bad("an unknown scheme '\(scheme)'")
    }
    let parts = rest.split(separator: divider, maxSplits: 1, omittingEmptySubsequences: false)
    let database = parts.count > 1 && !parts[1].isEmpty ? Int(parts[1]) : 0
    guard let database, database >= 0 else { throw bad("a database that is no number") }
    if scheme == "unix" {
      guard parts[0].hasPrefix("/") else { throw bad("a socket path that is not absolute") }
      self.init(address: .unix(path: String(parts[0])))
    } else {
      guard let address = Address(hostAndPort: parts[0]) else {
        throw bad("no host, or a port that is no number")
      }
      self.init(address: address)
    }
    self.user = user
    self.password = password
    self.database = database
  }
}

extension RedisConfiguration.Address: CustomStringConvertible {
  /// Reads `host[:port]`, the host of an IPv6 address in brackets; nil where it is neither.
  init?(hostAndPort text: some StringProtocol) {
    var host = text[...]
    var port = 6379
    let end = host.lastIndex(of: "]") ?? host.startIndex
    if let colon = host[end...].lastIndex(of: ":") {
      guard let number = Int(host[host.index(after: colon)...]), (1...65_535).contains(number)
      else { return nil }
      port = number
      host = host[..<colon]
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty else { return nil }
    self = .tcp(host: String(host), port: port)
  }

  /// For people: without credentials.
  public var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): path
    }
  }
}
