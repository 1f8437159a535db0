import RecommendationCore

/// Goes out with a slate and comes back with the events that it leads to: which request, and when.
struct AttributionToken: Sendable, Equatable {
  var requestID: String
  var timeMilliseconds: Int64

  /// A token.
  init(requestID: String, timeMilliseconds: Int64) {
    self.requestID = requestID
    self.timeMilliseconds = timeMilliseconds
  }

  /// Reads a token; nil for a text that is none.
  init?(text: String) {
    guard let bytes = Base64URL.decode(text), bytes.count >= 16 else { return nil }
    let time = UInt64(littleEndianBytes: bytes[0..<8])
    guard let requestID = String(validating: bytes[16...], as: UTF8.self),
      UInt64(littleEndianBytes: bytes[8..<16]) == Self.checksum(requestID, time)
    else { return nil }
    self.requestID = requestID
    timeMilliseconds = Int64(bitPattern: time)
  }

  /// As clients carry it.
  var text: String {
    let time = UInt64(bitPattern: timeMilliseconds)
    let words = [time, Self.checksum(requestID, time)]
    return Base64URL.encode(words.flatMap(\.littleEndianBytes) + Array(requestID.utf8))
  }

  private static func checksum(_ requestID: String, _ time: UInt64) -> UInt64 {
    var hash = StableHash()
    hash.combine("recsys attribution")
    hash.combine(time)
    hash.combine(requestID)
    return hash.finalized()
  }
}
