import Synchronization

/// A Lua program that Redis runs as one step. Sent whole once; then by its hash.
public struct RedisScript: Sendable {
  /// The program.
  public let source: String

  /// A script from its program.
  public init(_ source: String) { self.source = source }
}

extension Redis {
  /// Runs a script.
  ///
  /// - Parameters:
  ///   - keys: its `KEYS`.
  ///   - arguments: its `ARGV`.
  ///   - timeout: of each of the at most three commands that this takes.
  /// - Throws: ``RedisError``; a script that raised an error is ``RedisError/Code/refused``.
  public func evaluate(
    _ script: RedisScript, keys: [any RedisArgument], _ arguments: [any RedisArgument] = [],
    timeout: Duration? = nil
  ) async throws -> RedisValue {
    if let hash = scripts.withLock({ $0[script.source] }) {
      do {
        return try await send(Self.call("EVALSHA", hash, keys, arguments), timeout: timeout)
      } catch let error as RedisError where error.kind == "NOSCRIPT" {
        // The server was restarted or its scripts were flushed.
      }
    }
    let hash = try await send(
      RedisCommand("SCRIPT", "LOAD", script.source), timeout: timeout)
    if let bytes = try hash.optionalBytes() {
      scripts.withLock { $0[script.source] = String(decoding: bytes, as: UTF8.self) }
    }
    return try await send(Self.call("EVAL", script.source, keys, arguments), timeout: timeout)
  }

  static func call(
    _ verb: String, _ script: String, _ keys: [any RedisArgument], _ arguments: [any RedisArgument]
  ) -> RedisCommand {
    var command = RedisCommand(verb, script, keys.count)
    for key in keys { command.append(key) }
    for argument in arguments { command.append(argument) }
    return command
  }
}
