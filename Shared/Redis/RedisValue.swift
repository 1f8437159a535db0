internal import CHiredis

/// An answer of Redis (RESP2).
public enum RedisValue: Sendable, Equatable {
  /// Nothing: a key that is not there.
  case null
  /// A number.
  case integer(Int64)
  /// A short word, such as OK.
  case status(String)
  /// Bytes.
  case bytes([UInt8])
  /// Several answers.
  case array([RedisValue])
  /// A refusal of one command; at the top level it is thrown instead.
  case error(RedisError)

  /// Bytes; nil for nothing.
  ///
  /// - Throws: ``RedisError`` for an answer of another kind.
  public func optionalBytes() throws -> [UInt8]? {
    switch self {
    case .null: nil
    case .bytes(let bytes): bytes
    case .status(let text): Array(text.utf8)
    default: throw unexpected("bytes")
    }
  }

  /// A number.
  public func integer() throws -> Int64 {
    switch self {
    case .integer(let number): return number
    case .bytes(let bytes):
      guard let number = Int64(String(decoding: bytes, as: UTF8.self)) else {
        throw unexpected("a number")
      }
      return number
    default: throw unexpected("a number")
    }
  }

  /// Several answers; none for nothing.
  public func array() throws -> [RedisValue] {
    switch self {
    case .array(let values): values
    case .null: []
    default: throw unexpected("a list")
    }
  }

  /// The refusal that this is, thrown; everything else as it is.
  public func checked() throws -> RedisValue {
    if case .error(let error) = self { throw error }
    return self
  }

  /// The error for an answer that should have been something else.
  public func unexpected(_ wanted: String) -> RedisError {
    if case .error(let error) = self { return error }
    return RedisError(.unexpectedReply, "an answer that is not \(wanted)")
  }

  /// Copies an answer out of hiredis's memory, which frees it after its callback.
  ///
  /// - Complexity: O(bytes). Nested at most as deep as hiredis reads (7).
  init(_ reply: UnsafePointer<redisReply>) {
    let reply = reply.pointee
    switch reply.type {
    case REDIS_REPLY_INTEGER: self = .integer(Int64(reply.integer))
    case REDIS_REPLY_STRING: self = .bytes(Self.bytes(reply))
    case REDIS_REPLY_STATUS: self = .status(String(decoding: Self.bytes(reply), as: UTF8.self))
    case REDIS_REPLY_ERROR:
      self = .error(RedisError(.refused, String(decoding: Self.bytes(reply), as: UTF8.self)))
    case REDIS_REPLY_ARRAY:
      var values: [RedisValue] = []
      values.reserveCapacity(reply.elements)
      for index in 0..<reply.elements {
        values.append(reply.element[index].map { RedisValue($0) } ?? .null)
      }
      self = .array(values)
    default: self = .null
    }
  }

  private static func bytes(_ reply: redisReply) -> [UInt8] {
    guard let text = reply.str else { return [] }
    return Array(UnsafeRawBufferPointer(start: text, count: reply.len))
  }
}
