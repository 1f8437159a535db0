import RecommendationCore
import Synchronization

/// From item to row: open addressing with linear probing, at most half full. Never changed once made.
///
/// Item keys are hashes already, so that a slot costs one multiplication; a slot holds a row alone, and the key
/// stands in the list of items, so that a table of some thousand items stays in the first two caches.
final class ItemTable: Sendable {
  let ids: [ItemID]
  /// Row of each slot; -1 where it is free.
  private let slots: [Int32]
  private let shift: UInt64

  /// - Parameter ids: each once, fewer than `Int32.max`.
  private init(_ ids: [ItemID]) {
    self.ids = ids
    var bits: UInt64 = 2
    while 1 << bits < ids.count * 2 { bits += 1 }
    shift = 64 - bits
    var slots = [Int32](repeating: -1, count: 1 << bits)
    for (row, id) in ids.enumerated() {
      var slot = Self.slot(id, shift)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(truncatingIfNeeded: row)
    }
    self.slots = slots
  }

  /// By the high bits of a product, so that keys that are no hashes (small numbers, say) spread too.
  @inline(__always)
  private static func slot(_ id: ItemID, _ shift: UInt64) -> Int {
    Int(truncatingIfNeeded: (id.rawValue &* 0x9e37_79b9_7f4a_7c15) >> shift)
  }

  func row(of id: ItemID) -> Int? {
    var slot = Self.slot(id, shift)
    while slots[slot] >= 0 {
      let row = Int(slots[slot])
      if ids[row] == id { return row }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }
}

extension ItemTable {
  private struct Known: Sendable {
    weak var table: ItemTable?
  }

  private static let known = Mutex<[Known]>([])

  /// The table of some items. Models that were trained together know the same ones: they share a table, so that
  /// looking up one request's items in each of them looks at the same memory.
  ///
  /// O(items).
  static func shared(_ ids: [ItemID]) -> ItemTable {
    let living = known.withLock { known in
      known.removeAll { $0.table == nil }
      return known.compactMap(\.table)
    }
    if let table = living.first(where: { $0.ids == ids }) { return table }
    let table = ItemTable(ids)
    known.withLock { $0.append(Known(table: table)) }
    return table
  }
}
