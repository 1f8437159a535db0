/// At most so many items of one group in a slate: of a category, a maker, a price band.
///
/// A cap is meant a slate: items that stand before it (earlier pages) do not count. It gives way when nothing else
/// is left to fill a place.
public struct SlateCap: Sendable {
  /// What the groups are, e.g. "category"; for the report.
  public var name: String
  /// Most items of one group.
  public var maximum: Int
  /// The groups of each candidate; a candidate of no group is never capped.
  public var groups: ItemGroups

  /// A cap.
  public init(name: String, maximum: Int, groups: ItemGroups) {
    self.name = name
    self.maximum = maximum
    self.groups = groups
  }
}

/// How many items of each group a slate has so far, and which candidates that shuts out.
struct CapCounter {
  private let cap: SlateCap
  private var counts: [Int32]

  /// - Parameter broken: how many limits each candidate would break; kept up to date as groups fill, which is
  ///   seldom, so that the question that each place asks of each candidate is a look into an array.
  init(_ cap: SlateCap, broken: inout [Int32]) {
    self.cap = cap
    counts = [Int32](repeating: 0, count: cap.groups.groupCount)
    guard cap.maximum <= 0 else { return }
    for index in broken.indices { broken[index] += Int32(cap.groups[index].count) }
  }

  /// Counts an item that was selected.
  ///
  /// - Returns: whether it broke the cap.
  mutating func add(_ index: Int, broken: inout [Int32]) -> Bool {
    var isBroken = false
    for group in cap.groups[index] {
      counts[Int(group)] += 1
      let count = Int(counts[Int(group)])
      isBroken = isBroken || count > max(0, cap.maximum)
      if count == cap.maximum { cap.groups.mark(group, by: 1, in: &broken) }
    }
    return isBroken
  }
}

extension ItemGroups {
  /// Adds to the marks of all candidates of a group.
  func mark(_ group: UInt32, by amount: Int32, in marks: inout [Int32]) {
    for index in marks.indices {
      for place in Int(starts[index])..<Int(starts[index + 1]) where members[place] == group {
        marks[index] += amount
      }
    }
  }
}
