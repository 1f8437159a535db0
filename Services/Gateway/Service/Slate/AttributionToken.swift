import Foundation
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
    guard let data = Data(base64URL: text), data.count >= 16 else { return nil }
    let words = data.prefix(16).withUnsafeBytes { bytes in
      (0..<2).map {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))
      }
    }
    guard let requestID = String(data: data.dropFirst(16), encoding: .utf8),
      words[1] == Self.checksum(requestID, words[0])
    else { return nil }
    self.requestID = requestID
    timeMilliseconds = Int64(bitPattern: words[0])
  }

  /// As clients carry it.
  var text: String {
    let time = UInt64(bitPattern: timeMilliseconds)
    var data = Data()
    for word in [time, Self.checksum(requestID, time)] {
      withUnsafeBytes(of: word.littleEndian) { data.append(contentsOf: $0) }
    }
    data.append(contentsOf: requestID.utf8)
    return data.base64URL
  }

  private static func checksum(_ requestID: String, _ time: UInt64) -> UInt64 {
    var hash = StableHash()
    hash.combine("recsys attribution")
    hash.combine(time)
    hash.combine(requestID)
    return hash.finalized()
  }
}
