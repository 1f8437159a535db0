import RecommendationCore

/// The categories that items name, each with a small number. Numbers are given in the order of first
/// appearance and hold for this catalogue in this process only; the key is the same everywhere.
struct CategoryTable: Sendable {
  private(set) var names: [String] = []
  private(set) var keys: [UInt64] = []
  private var indexByKey: [UInt64: UInt32] = [:]
  /// Tables of one fingerprint give the same categories the same numbers.
  private(set) var fingerprint: UInt64 = 0

  /// The number of a category; a new one is added. Two names of one key count as one category: among
  /// 100,000 names its likelihood is below 1 in a billion.
  mutating func intern(_ name: String) -> UInt32 {
    let key = entityKey(name)
    if let index = indexByKey[key] { return index }
    let index = UInt32(truncatingIfNeeded: names.count)
    names.append(name)
    keys.append(key)
    indexByKey[key] = index
    fingerprint = (fingerprint ^ key) &* 0x9e37_79b9_7f4a_7c15 ^ fingerprint >> 31
    return index
  }

  func index(ofKey key: UInt64) -> UInt32? { indexByKey[key] }

  func index(of name: String) -> UInt32? { indexByKey[entityKey(name)] }
}
