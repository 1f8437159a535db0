import RecommendationCore

/// From item key to row: a persistent hash table. Its shards are never changed once made: a write makes
/// new shards of those that it touches (about 60 entries each), and snapshots share the others.
///
/// Item keys are hashes already: their high bits choose the shard, their low bits the slot.
public struct KeyIndex: Sendable {
  private static let entriesPerShard = 64
  private var shards: [Shard] = [.empty]
  private var shardBits: UInt64 = 0
  /// Number of keys.
  public private(set) var count = 0

  /// An empty index.
  public init() {}

  /// The row of a key. O(1) expected.
  public func row(of key: UInt64) -> Int? {
    guard key != 0 else { return nil }
    return shards[shard(of: key)].row(of: key)
  }

  /// Sets rows by key; a nil row takes the key out.
  public mutating func apply(_ changes: [UInt64: UInt32?]) {
    var byShard: [Int: [UInt64: UInt32?]] = [:]
    for (key, row) in changes where key != 0 {
      byShard[shard(of: key), default: [:]][key] = row
    }
    for (index, changes) in byShard {
      let before = shards[index].entries.count
      shards[index] = shards[index].applying(changes)
      count += shards[index].entries.count - before
    }
    if count > shards.count * Self.entriesPerShard { grow() }
  }

  private func shard(of key: UInt64) -> Int {
    shardBits == 0 ? 0 : Int(truncatingIfNeeded: key >> (64 - shardBits))
  }

  /// To twice the needed shards, so that growing costs O(1) an entry over time.
  private mutating func grow() {
    let entries = shards.flatMap(\.entries)
    while count * 2 > (1 << shardBits) * Self.entriesPerShard { shardBits += 1 }
    var lists = [[Shard.Entry]](repeating: [], count: 1 << shardBits)
    for entry in entries { lists[shard(of: entry.key)].append(entry) }
    shards = lists.map(Shard.init)
  }

  /// Open addressing with linear probing, at most half full. One block of memory, so that a lookup is two
  /// steps: the list of shards, the entry.
  private struct Shard: Sendable {
    struct Entry: Sendable {
      /// 0 where the slot is free.
      var key: UInt64 = 0
      var row: UInt32 = 0
    }

    static let empty = Shard([])
    let slots: [Entry]

    init(_ entries: [Entry]) {
      var capacity = 4
      while capacity < entries.count * 2 { capacity *= 2 }
      var slots = [Entry](repeating: Entry(), count: capacity)
      for entry in entries {
        var slot = Int(truncatingIfNeeded: entry.key) & (capacity - 1)
        while slots[slot].key != 0 { slot = (slot + 1) & (capacity - 1) }
        slots[slot] = entry
      }
      self.slots = slots
    }

    var entries: [Entry] { slots.filter { $0.key != 0 } }

    @inline(__always)
    func row(of key: UInt64) -> Int? {
      let mask = slots.count - 1
      var slot = Int(truncatingIfNeeded: key) & mask
      while slots[slot].key != 0 {
        if slots[slot].key == key { return Int(slots[slot].row) }
        slot = (slot + 1) & mask
      }
      return nil
    }

    func applying(_ changes: [UInt64: UInt32?]) -> Shard {
      var kept = entries.filter { changes[$0.key] == nil }
      for (key, row) in changes {
        if let row { kept.append(Entry(key: key, row: row)) }
      }
      return Shard(kept)
    }
  }
}
