/// From key to row, for keys that are hashes already: open addressing with linear probing, at most half
/// full. Rows are given out in order, from 0.
struct KeyTable: Sendable {
  private var keys: [UInt64] = [UInt64](repeating: 0, count: 64)
  private var rows: [UInt32] = [UInt32](repeating: 0, count: 64)
  private(set) var count = 0

  /// The row of a key; nil for one that was never inserted, and for 0.
  func row(of key: UInt64) -> Int? {
    let mask = keys.count - 1
    var slot = Int(truncatingIfNeeded: key) & mask
    while keys[slot] != 0 {
      if keys[slot] == key { return Int(rows[slot]) }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// The row of a key, and whether it is new.
  mutating func insert(_ key: UInt64) -> (row: Int, isNew: Bool) {
    if let row = row(of: key) { return (row, false) }
    if count * 2 >= keys.count { grow() }
    let row = count
    place(key, UInt32(truncatingIfNeeded: row))
    count += 1
    return (row, true)
  }

  /// Every key with its row, in the order of keys.
  func sorted() -> [(key: UInt64, row: Int)] {
    keys.indices.filter { keys[$0] != 0 }.map { (keys[$0], Int(rows[$0])) }
      .sorted { $0.key < $1.key }
  }

  private mutating func place(_ key: UInt64, _ row: UInt32) {
    let mask = keys.count - 1
    var slot = Int(truncatingIfNeeded: key) & mask
    while keys[slot] != 0 { slot = (slot + 1) & mask }
    keys[slot] = key
    rows[slot] = row
  }

  private mutating func grow() {
    let (oldKeys, oldRows) = (keys, rows)
    keys = [UInt64](repeating: 0, count: oldKeys.count * 2)
    rows = [UInt32](repeating: 0, count: oldKeys.count * 2)
    for (slot, key) in oldKeys.enumerated() where key != 0 { place(key, oldRows[slot]) }
  }
}
