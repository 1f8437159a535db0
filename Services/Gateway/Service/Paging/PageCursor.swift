import RecommendationCore

/// Where a client stands between two pages.
///
/// It names the snapshot that the first page left in the memory of its gateway, and carries the keys of all
/// items shown so far: a gateway that does not have the snapshot (another replica, or after a restart) makes
/// the next page anew and still never repeats an item.
///
/// The text is opaque to clients, and checksummed against damage. It is not signed: whoever forges one can only
/// choose which items not to see.
struct PageCursor: Sendable, Equatable {
  /// No cursor is given out for more items than this: it would grow beyond what a header-sized text should be.
  static let maximumShown = 2_000
  private static let formatVersion: UInt8 = 1

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

  /// Reads a cursor; nil for a text that is none.
  init?(text: String) {
    guard text.utf8.count <= 32_768, let bytes = Base64URL.decode(text) else { return nil }
    guard bytes.count >= 33, bytes[0] == Self.formatVersion, (bytes.count - 33) % 8 == 0 else {
      return nil
    }
    let words = stride(from: 1, to: bytes.count, by: 8).map {
      UInt64(littleEndianBytes: bytes[$0..<$0 + 8])
    }
    guard words.count - 4 <= Self.maximumShown,
      words[words.count - 1] == Self.checksum(words.dropLast())
    else { return nil }
    snapshotID = words[0]
    requestFingerprint = words[1]
    expiresMilliseconds = Int64(bitPattern: words[2])
    shown = words[3..<words.count - 1].map { ItemID(rawValue: $0) }
  }

  /// As clients carry it.
  var text: String {
    var words = [snapshotID, requestFingerprint, UInt64(bitPattern: expiresMilliseconds)]
    words += shown.map(\.rawValue)
    words.append(Self.checksum(words[...]))
    return Base64URL.encode([Self.formatVersion] + words.flatMap(\.littleEndianBytes))
  }

  private static func checksum(_ words: ArraySlice<UInt64>) -> UInt64 {
    var hash = StableHash()
    hash.combine("recsys page cursor")
    for word in words { hash.combine(word) }
    return hash.finalized()
  }
}
