import Foundation
public import RPC
public import RecommendationProtos
public import SwiftProtobuf

/// What a load test wants to know of a slate, read off the wire without making a message of every item and
/// reason: that cost some 200 µs an answer, which on the machine under test the services would lack.
public struct SlateSummary: Sendable, Equatable {
  /// Recommend, whose answer is left as it came: all its fields are unknown to an empty message.
  public static let method = UnaryMethod<
    Recsys_Gateway_V1_RecommendRequest, Google_Protobuf_Empty
  >(service: "recsys.gateway.v1.RecommendationService", name: "Recommend")

  /// External ids in the order of the slate.
  public var itemIDs: [String] = []
  /// Send it back with events.
  public var attributionToken = ""
  /// Empty: no more.
  public var nextCursor = ""
  /// Component and reason of each degradation.
  public var degraded: [String] = []
  /// Whether fewer items came than were asked for.
  public var isUnderfilled = false
  /// Whether it came from the gateway's cache.
  public var isFromCache = false

  /// Reads the answer of ``method``. What is not understood is passed over. O(bytes at the top level).
  public init(_ answer: Google_Protobuf_Empty) {
    let bytes = [UInt8](answer.unknownFields.data)
    for field in WireFields(bytes[...]) {
      switch (field.number, field.value) {
      case (1, .bytes(let item)): itemIDs.append(WireFields.text(2, of: item))
      case (3, .bytes(let text)): attributionToken = String(decoding: text, as: UTF8.self)
      case (4, .bytes(let text)): nextCursor = String(decoding: text, as: UTF8.self)
      case (5, .bytes(let entry)):
        degraded.append("\(WireFields.text(1, of: entry)) (\(WireFields.text(2, of: entry)))")
      case (10, .number(let value)): isUnderfilled = value != 0
      case (12, .number(let value)): isFromCache = value != 0
      default: break
      }
    }
  }
}

/// The fields of a message in protobuf's wire format, one after the other; ends at what is malformed.
struct WireFields: Sequence, IteratorProtocol {
  enum Value: Equatable {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
    /// Four or eight bytes.
    case fixed
  }

  private var rest: ArraySlice<UInt8>

  init(_ message: ArraySlice<UInt8>) { rest = message }

  /// The text of a field; empty where it is not there.
  static func text(_ number: Int, of message: ArraySlice<UInt8>) -> String {
    for field in WireFields(message) where field.number == number {
      if case .bytes(let bytes) = field.value { return String(decoding: bytes, as: UTF8.self) }
    }
    return ""
  }

  mutating func next() -> (number: Int, value: Value)? {
    guard let key = varint() else { return nil }
    let number = Int(truncatingIfNeeded: key >> 3)
    switch key & 7 {
    case 0: return varint().map { (number, .number($0)) }
    case 1: return take(8).map { _ in (number, .fixed) }
    case 2: return varint().flatMap { take($0) }.map { (number, .bytes($0)) }
    case 5: return take(4).map { _ in (number, .fixed) }
    default: return nil
    }
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 64, let byte = rest.popFirst() {
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }

  private mutating func take(_ count: UInt64) -> ArraySlice<UInt8>? {
    guard count <= UInt64(rest.count) else { return nil }
    let taken = rest.prefix(Int(count))
    rest = rest.dropFirst(Int(count))
    return taken
  }
}
