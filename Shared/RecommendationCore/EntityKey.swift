/// The 64-bit keys by which users and items travel between services.
///
/// A key is a fixed function of the external id, so that no service has to ask another for it:
/// FNV-1a (64 bits) over the id's UTF-8 bytes, finished with MurmurHash3's 64-bit mixer so that all
/// bits depend on all bytes. Key 0 means "none"; an id that would hash to 0 gets 1.
///
/// Two ids of one key are a collision; it is refused where the second of them is added.
/// Among 10 million ids its likelihood is about 3 in a million.
///
/// - Complexity: O(bytes).
public func entityKey(_ externalID: some StringProtocol) -> UInt64 {
  var hash = StableHash()
  hash.combine(externalID)
  let key = hash.finalized()
  return key == 0 ? 1 : key
}

/// FNV-1a with a final mixer: a hash that is the same in every process, on every machine, for ever.
///
/// Used for keys and fingerprints. Not for hostile input that may choose its own collisions in a hash
/// table: Swift's own `Hasher` is seeded for that.
public struct StableHash: Sendable {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  /// An empty hash.
  public init() {}

  /// Adds the UTF-8 bytes of a string.
  public mutating func combine(_ text: some StringProtocol) {
    for byte in text.utf8 { combine(byte: byte) }
  }

  /// Adds an integer as eight little-endian bytes.
  public mutating func combine(_ value: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      combine(byte: UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  /// Adds bytes.
  public mutating func combine(bytes: UnsafeRawBufferPointer) {
    for byte in bytes { combine(byte: byte) }
  }

  private mutating func combine(byte: UInt8) {
    state = (state ^ UInt64(byte)) &* 0x100_0000_01b3
  }

  /// The hash of all that was added.
  public func finalized() -> UInt64 {
    var mixed = state
    mixed = (mixed ^ (mixed >> 33)) &* 0xff51_afd7_ed55_8ccd
    mixed = (mixed ^ (mixed >> 33)) &* 0xc4ce_b9fe_1a85_ec53
    return mixed ^ (mixed >> 33)
  }
}

/// Key of an item. Its external id is known at the client's edge only.
public struct ItemID: Hashable, Sendable, Comparable {
  /// The key; 0 means none.
  public var rawValue: UInt64

  /// An item by its key.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// An item by its external id.
  public init(external: some StringProtocol) { rawValue = entityKey(external) }

  /// Order by key: breaks ties where scores are equal.
  public static func < (lhs: ItemID, rhs: ItemID) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// Key of a user, or of an anonymous session.
public struct UserID: Hashable, Sendable, Comparable {
  /// The key; 0 means none.
  public var rawValue: UInt64

  /// A user by key.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// A user by external id.
  public init(external: some StringProtocol) { rawValue = entityKey(external) }

  /// An anonymous session by external id; never equal to the key of a user of the same name.
  public init(session: some StringProtocol) { rawValue = entityKey("session:" + session) }

  /// Order by key.
  public static func < (lhs: UserID, rhs: UserID) -> Bool { lhs.rawValue < rhs.rawValue }
}
