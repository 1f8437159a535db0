/// Gives each key a small number, in the order of first appearance.
///
/// Open addressing over keys that are hashes already. The salt is random by process, so that nobody can choose
/// ids whose keys collide here.
struct KeySlots {
  private static let salt = UInt64.random(in: 1 ... .max) | 1

  private let shift: UInt64
  /// Slot + 1 of each place; 0: free.
  private var places: [Int32]
  /// The keys by slot.
  private(set) var keys: [UInt64] = []

  /// Room for so many keys.
  init(capacity: Int) {
    var bits: UInt64 = 4
    while 1 << bits < capacity * 2 { bits += 1 }
    shift = 64 - bits
    places = [Int32](repeating: 0, count: 1 << Int(bits))
    keys.reserveCapacity(capacity)
  }

  /// The set of some keys.
  init(_ keys: some Collection<UInt64>) {
    self.init(capacity: keys.count)
    for key in keys { _ = insert(key) }
  }

  /// The slot of a key, a new one if it has none. No more keys than the capacity may come.
  ///
  /// - Complexity: O(1) expected.
  mutating func insert(_ key: UInt64) -> Int {
    let first = place(of: key)
    let new = keys.count
    // One look at the table's storage for the whole search.
    let slot = places.withUnsafeMutableBufferPointer { places in
      keys.withUnsafeBufferPointer { keys in
        var place = first
        while places[place] != 0 {
          let slot = Int(places[place]) - 1
          if keys[slot] == key { return slot }
          place = (place + 1) & (places.count - 1)
        }
        places[place] = Int32(truncatingIfNeeded: new + 1)
        return new
      }
    }
    if slot == new { keys.append(key) }
    return slot
  }

  /// The slots of some keys, in their order, each as by ``insert(_:)``.
  mutating func insert(contentsOf keys: [UInt64]) -> [Int32] {
    [Int32](unsafeUninitializedCapacity: keys.count) { slots, count in
      for (index, key) in keys.enumerated() {
        slots[index] = Int32(truncatingIfNeeded: insert(key))
      }
      count = keys.count
    }
  }

  /// Whether a key is there.
  func contains(_ key: UInt64) -> Bool {
    var place = self.place(of: key)
    while places[place] != 0 {
      if keys[Int(places[place]) - 1] == key { return true }
      place = (place + 1) & (places.count - 1)
    }
    return false
  }

  private func place(of key: UInt64) -> Int {
    Int(truncatingIfNeeded: ((key ^ (key >> 29)) &* Self.salt) >> shift)
  }
}
