import Catalogue
import RecommendationCore

/// The counts of all items as they stood at one moment. Cheap to take; it never changes.
///
/// Like the catalogue's rows it consists of chunks, and a write copies those that it touches only.
public struct ItemCounters: Sendable {
  private static let shift = 8
  private static let mask = (1 << shift) - 1

  private final class Chunk: Sendable {
    let states: [ItemState]
    init(_ states: [ItemState]) { self.states = states }
  }

  private var index = KeyIndex()
  private var chunks: [Chunk] = []

  /// No counts.
  public init() {}

  /// Number of items with counts.
  public var count: Int { index.count }

  /// The counts of an item; empty where there are none. O(1) expected.
  public subscript(id: ItemID) -> ItemState {
    guard let row = index.row(of: id.rawValue) else { return ItemState() }
    return chunks[row >> Self.shift].states[row & Self.mask]
  }

  /// The counts of many items, in their order.
  ///
  /// - Complexity: O(items) expected.
  public func gather(_ ids: [ItemID]) -> [ItemState] { gather(ids[...]) }

  /// The same for a part of a list.
  public func gather(_ ids: ArraySlice<ItemID>) -> [ItemState] {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: ids.count) { places in
      // Step by step for all items: the machine waits for the memory of many at once then.
      ids.withUnsafeBufferPointer { ids in
        for place in 0..<ids.count {
          places[place] =
            index.row(of: ids[place].rawValue).map { UInt32(truncatingIfNeeded: $0) } ?? .max
        }
      }
      return chunks.withUnsafeBufferPointer { chunks in
        places.map { row in
          row == .max
            ? ItemState() : chunks[Int(row) >> Self.shift].states[Int(row) & Self.mask]
        }
      }
    }
  }

  /// Sets the counts of some items.
  mutating func apply(_ changes: [ItemID: ItemState]) {
    var rows: [UInt64: UInt32?] = [:]
    var edits: [Int: [(offset: Int, state: ItemState)]] = [:]
    var next = index.count
    for (id, state) in changes where id.rawValue != 0 {
      let row: Int
      if let known = index.row(of: id.rawValue) {
        row = known
      } else {
        row = next
        rows[id.rawValue] = UInt32(next)
        next += 1
      }
      edits[row >> Self.shift, default: []].append((row & Self.mask, state))
    }
    while chunks.count << Self.shift < next {
      chunks.append(Chunk([ItemState](repeating: ItemState(), count: 1 << Self.shift)))
    }
    for (number, edits) in edits {
      var states = chunks[number].states
      for edit in edits { states[edit.offset] = edit.state }
      chunks[number] = Chunk(states)
    }
    index.apply(rows)
  }
}
