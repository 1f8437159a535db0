import RecommendationCore

/// The items that a user has acted upon, one entry an item, oldest first.
///
/// It is the history and the seen set in one: the history is its newest part.
public struct ActHistory: Sendable, Equatable {
  /// So many items are remembered; then the one acted upon longest ago goes.
  public static let limit = 20_000

  /// Item keys.
  public private(set) var items: [UInt64] = []
  /// How strongly the strongest act speaks for each.
  public private(set) var weights: [Float] = []
  /// Time of the last act on each.
  public private(set) var times: [Int64] = []
  /// The user's state version at that act: the order among acts of one time.
  public private(set) var marks: [UInt64] = []

  /// What an act changed.
  struct Change {
    /// The item's entry as it stands now; nil when it did not stay.
    var entry: Entry?
    /// The item that had to go to keep the limit.
    var evicted: UInt64?
  }

  /// An entry of the history.
  struct Entry: Equatable {
    var item: UInt64
    var weight: Float
    var time: Int64
    var mark: UInt64
  }

  /// An empty history.
  public init() {}

  /// A history from stored entries in any order.
  init(entries: [Entry]) {
    for entry in entries.sorted(by: { ($0.time, $0.mark) < ($1.time, $1.mark) }) {
      items.append(entry.item)
      weights.append(entry.weight)
      times.append(entry.time)
      marks.append(entry.mark)
    }
  }

  /// All entries, oldest first.
  var entries: some Sequence<Entry> {
    items.indices.lazy.map { index in
      Entry(
        item: items[index], weight: weights[index], time: times[index], mark: marks[index])
    }
  }

  /// Number of items.
  public var count: Int { items.count }

  /// Takes in an act. The last act counts for the time, the strongest for the weight; of two equally
  /// strong ones the later.
  ///
  /// - Parameter isNew: the caller knows that the item is not here; it is not looked for then.
  /// - Complexity: O(count), and O(1) memory moves for acts in the order of time on new items.
  @discardableResult
  mutating func record(
    item: UInt64, weight: Float, time: Int64, mark: UInt64, isNew: Bool = false
  ) -> Change {
    var entry = Entry(item: item, weight: weight, time: time, mark: mark)
    if !isNew, let index = Self.index(of: item, in: items) {
      let old = weights[index]
      if abs(old) > abs(weight) { entry.weight = old }
      guard time >= times[index] else {
        if abs(old) == abs(weight) { entry.weight = old }
        weights[index] = entry.weight
        return Change(
          entry: Entry(item: item, weight: entry.weight, time: times[index], mark: marks[index]))
      }
      remove(at: index)
    }
    insert(entry)
    guard count > Self.limit else { return Change(entry: entry) }
    let evicted = items[0]
    remove(at: 0)
    return evicted == item ? Change(evicted: item) : Change(entry: entry, evicted: evicted)
  }

  /// The newest entries, newest first.
  public func newest(_ limit: Int) -> History {
    let count = min(max(limit, 0), items.count)
    return History(
      items: items.suffix(count).reversed().map(ItemID.init(rawValue:)),
      weights: weights.suffix(count).reversed(), timesMilliseconds: times.suffix(count).reversed())
  }

  /// Items acted upon at a time or later; all for a time of 0 or less. O(log count) and the copy.
  public func items(since milliseconds: Int64) -> [UInt64] {
    guard milliseconds > 0 else { return items }
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] < milliseconds { low = middle + 1 } else { high = middle }
    }
    return Array(items[low...])
  }

  /// Whether the user has acted upon the item. O(count).
  public func contains(_ item: ItemID) -> Bool {
    Self.index(of: item.rawValue, in: items) != nil
  }

  /// Eight comparisons a step: a heavy user's history is searched with every act.
  private static func index(of item: UInt64, in items: [UInt64]) -> Int? {
    items.withUnsafeBufferPointer { items in
      let wanted = SIMD8<UInt64>(repeating: item)
      var index = 0
      while index + 8 <= items.count {
        let block = UnsafeRawPointer(items.baseAddress.unsafelyUnwrapped + index)
          .loadUnaligned(as: SIMD8<UInt64>.self)
        if any(block .== wanted) { break }
        index += 8
      }
      while index < items.count {
        if items[index] == item { return index }
        index += 1
      }
      return nil
    }
  }

  private mutating func insert(_ entry: Entry) {
    if times.last.map({ $0 <= entry.time }) ?? true {
      items.append(entry.item)
      weights.append(entry.weight)
      times.append(entry.time)
      marks.append(entry.mark)
      return
    }
    var index = items.count
    while index > 0, times[index - 1] > entry.time { index -= 1 }
    items.insert(entry.item, at: index)
    weights.insert(entry.weight, at: index)
    times.insert(entry.time, at: index)
    marks.insert(entry.mark, at: index)
  }

  private mutating func remove(at index: Int) {
    items.remove(at: index)
    weights.remove(at: index)
    times.remove(at: index)
    marks.remove(at: index)
  }
}
