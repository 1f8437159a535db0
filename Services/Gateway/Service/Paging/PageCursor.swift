import Artifacts
import RecommendationCore

/// Where a client stands between two pages.
///
/// It names the snapshot that the first page left in the memory of its gateway, and carries the keys of all
/// items shown so far: a gateway that does not have the snapshot (another replica, or after a restart) makes
/// the next page anew and still never repeats an item.
///
/// The text is opaque to clients and signed (HMAC-SHA-256, cut to 128 bits): nobody but gateways of one key can make
/// one, neither by damage nor by wish.
struct PageCursor: Sendable, Equatable {
  /// No cursor is given out for more items than this: it would grow beyond what a header-sized text should be.
  static let maximumShown = 2_000
  private static let formatVersion: UInt8 = 2
  private static let headBytes = 25
  private static let codeBytes = 16

  /// The snapshot in the gateway's memory.
  var snapshotID: UInt64
  /// The request that it belongs to; see ``AdmittedRequest/fingerprint``.
  var requestFingerprint: UInt64
  /// Unix time in milliseconds.
  var expiresMilliseconds: Int64
  /// Items of the pages so far.
  var shown: [ItemID]

  /// A cursor.
  init(
    snapshotID: UInt64, requestFingerprint: UInt64, expiresMilliseconds: Int64, shown: [ItemID]
  ) {
    self.snapshotID = snapshotID
    self.requestFingerprint = requestFingerprint
    self.expiresMilliseconds = expiresMilliseconds
    self.shown = shown
  }

  /// Reads a cursor; nil for a text that is none, or that was not made with the key.
  init?(text: String, key: CursorKey) {
    guard text.utf8.count <= 32_768, let bytes = Base64URL.decode(text) else { return nil }
    let end = bytes.count - Self.codeBytes
    guard end >= Self.headBytes, bytes[0] == Self.formatVersion, (end - Self.headBytes) % 8 == 0,
      HMACSHA256.areEqual(bytes[end...], Self.code(Array(bytes[..<end]), key))
    else { return nil }
    let words = stride(from: 1, to: end, by: 8).map {
      UInt64(littleEndianBytes: bytes[$0..<$0 + 8])
    }
    guard words.count - 3 <= Self.maximumShown else { return nil }
    snapshotID = words[0]
    requestFingerprint = words[1]
    expiresMilliseconds = Int64(bitPattern: words[2])
    shown = words[3...].map { ItemID(rawValue: $0) }
  }

  /// As clients carry it.
  func text(key: CursorKey) -> String {
    var words = [snapshotID, requestFingerprint, UInt64(bitPattern: expiresMilliseconds)]
    words += shown.map(\.rawValue)
    let bytes = [Self.formatVersion] + words.flatMap(\.littleEndianBytes)
    return Base64URL.encode(bytes + Self.code(bytes, key))
  }

  private static func code(_ bytes: [UInt8], _ key: CursorKey) -> ArraySlice<UInt8> {
    HMACSHA256.code(for: bytes, key: key.bytes).prefix(codeBytes)
  }
}
