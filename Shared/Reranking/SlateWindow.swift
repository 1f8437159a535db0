/// At most so many items of one group in any run of so many places: three westerns a screen, never two films of one
/// maker side by side.
///
/// Runs reach back over the items that stand before the slate, so that the seam between two pages is like any other
/// place. Like a cap it gives way when nothing else is left.
public struct SlateWindow: Sendable {
  /// What the groups are; for the report.
  public var name: String
  /// Places of a run, 2 or more.
  public var length: Int
  /// Most items of one group in a run, 1 or more.
  public var maximum: Int
  /// The groups of each candidate and of each item before the slate.
  public var groups: ItemGroups

  /// A window.
  public init(name: String, length: Int, maximum: Int, groups: ItemGroups) {
    self.name = name
    self.length = max(1, length)
    self.maximum = max(1, maximum)
    self.groups = groups
  }
}

/// Which groups may not have the next place under a window.
struct WindowCounter {
  private let window: SlateWindow
  /// Items of each group in the run that is looked at; zero between looks.
  private var counts: [Int32]
  /// Groups that the next place is shut to.
  private var full: [UInt32] = []
  private var isFull: [Bool]

  init(_ window: SlateWindow) {
    self.window = window
    counts = [Int32](repeating: 0, count: window.groups.groupCount)
    isFull = [Bool](repeating: false, count: window.groups.groupCount)
  }

  /// Looks at the runs that the next place is part of, and brings the marks of all candidates up to date.
  ///
  /// - Parameters:
  ///   - before: what stands before the place, of all pages.
  ///   - after: what stands fixed at the places after it: offset from it (1: the next) and item, by offset.
  ///   - broken: how many limits each candidate would break.
  /// - Complexity: O(length x groups an item), and O(candidates) for each group that opens or closes.
  mutating func update(
    before: [Int], after: [(offset: Int, index: Int)], broken: inout [Int32]
  ) {
    for group in full { isFull[Int(group)] = false }
    let old = full
    full = []
    let run = before.suffix(window.length - 1)
    for index in run { add(index) }
    var ahead = after.prefix { $0.offset < window.length }
    var leaving = run
    // The run that ends at the place is counted. Now it moves on, a place a step, while there is anything ahead:
    // what stands at offset o comes in as the item before the place at distance length - o goes out.
    var step = 0
    while let next = ahead.first {
      step += 1
      if leaving.count > window.length - 1 - step, let first = leaving.popFirst() { remove(first) }
      if next.offset == step {
        add(next.index)
        ahead.removeFirst()
      }
    }
    for index in leaving { remove(index) }
    for item in after where item.offset < window.length { remove(item.index) }
    for group in old where !isFull[Int(group)] { window.groups.mark(group, by: -1, in: &broken) }
    for group in full where !old.contains(group) { window.groups.mark(group, by: 1, in: &broken) }
  }

  /// Whether an item at the place that was looked at breaks the window.
  func isBroken(by index: Int) -> Bool { window.groups[index].contains { isFull[Int($0)] } }

  private mutating func add(_ index: Int) {
    for group in window.groups[index] {
      counts[Int(group)] += 1
      if counts[Int(group)] >= window.maximum, !isFull[Int(group)] {
        isFull[Int(group)] = true
        full.append(group)
      }
    }
  }

  private mutating func remove(_ index: Int) {
    for group in window.groups[index] { counts[Int(group)] -= 1 }
  }
}
