import RecommendationCore
import RecommendationProtos
import SwiftProtobuf

/// A slate that was made, and under what conditions it is still true.
struct CachedSlate: Sendable {
  /// What a slate depends on besides its request.
  struct Conditions: Sendable, Equatable {
    /// Who counts the user's state versions, and the version. 0 each where no state is involved.
    var storeIdentity: UInt64 = 0
    var userVersion: UInt64 = 0
    /// Policy, rules, ranker and catalogue of the gateway, as one number.
    var surroundings: UInt64 = 0
  }

  private static let formatVersion: UInt8 = 1

  var reply: Recsys_Gateway_V1_RecommendResponse
  var conditions: Conditions
  /// Unix time in milliseconds.
  var expiresMilliseconds: Int64

  /// About how much memory it takes: the texts, and some hundred bytes a message.
  var byteEstimate: Int {
    var bytes = 1_000 + reply.nextCursor.utf8.count
    for item in reply.items {
      bytes += 500 + item.title.utf8.count + item.reason.text.utf8.count
      bytes += item.attributes.count * 200 + item.sources.count * 80
      bytes += item.reason.evidence.count * 250
    }
    return bytes
  }

  /// The same slate as the answer to another request: with an id and a token of its own.
  func answer(requestID: String, now: Int64) -> Recsys_Gateway_V1_RecommendResponse {
    var answer = reply
    answer.become(
      CachedAnswer(requestID: requestID, originID: reply.requestID, answeredMilliseconds: now))
    answer.stageTimings = []
    return answer
  }

  // MARK: Bytes, for Redis

  /// The bytes of the slate and its request.
  func encode(for key: CacheKey) throws -> [UInt8] {
    let body: [UInt8] = try reply.serializedBytes()
    var writer = ByteWriter(capacity: body.count + key.bytes.count + 64)
    writer.write(Self.formatVersion)
    writer.write(UInt32(truncatingIfNeeded: key.bytes.count))
    writer.write(bytes: key.bytes)
    writer.write(conditions.storeIdentity)
    writer.write(conditions.userVersion)
    writer.write(conditions.surroundings)
    writer.write(expiresMilliseconds)
    writer.write(UInt32(truncatingIfNeeded: body.count))
    writer.write(bytes: body)
    return writer.bytes
  }

  init(
    reply: Recsys_Gateway_V1_RecommendResponse, conditions: Conditions, expiresMilliseconds: Int64
  ) {
    self.reply = reply
    self.conditions = conditions
    self.expiresMilliseconds = expiresMilliseconds
  }

  /// Reads what ``encode(for:)`` wrote; nil for another request's slate and for anything else.
  init?(_ bytes: [UInt8], for key: CacheKey) {
    let read = bytes.withUnsafeBytes { bytes -> (Conditions, Int64, Int)? in
      var reader = ByteReader(bytes)
      guard reader.read(UInt8.self) == Self.formatVersion, let length = reader.read(UInt32.self),
        let request = reader.readBytes(Int(length)), request.elementsEqual(key.bytes),
        let identity = reader.read(UInt64.self), let version = reader.read(UInt64.self),
        let surroundings = reader.read(UInt64.self), let expires = reader.read(Int64.self),
        // A message that was cut may still be a message.
        let size = reader.read(UInt32.self), reader.remaining == Int(size)
      else { return nil }
      let conditions = Conditions(
        storeIdentity: identity, userVersion: version, surroundings: surroundings)
      return (conditions, expires, bytes.count - reader.remaining)
    }
    guard let (conditions, expires, start) = read,
      let reply = try? Recsys_Gateway_V1_RecommendResponse(serializedBytes: Array(bytes[start...]))
    else { return nil }
    self.init(reply: reply, conditions: conditions, expiresMilliseconds: expires)
  }
}

extension Recsys_Gateway_V1_RecommendResponse {
  /// Becomes the answer to the request that got it from the cache: with an id and a token of its own.
  mutating func become(_ answer: CachedAnswer) {
    requestID = answer.requestID
    attributionToken =
      AttributionToken(
        requestID: answer.requestID, timeMilliseconds: answer.answeredMilliseconds
      ).text
    fromCache = true
  }
}
