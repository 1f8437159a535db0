/// Which groups each candidate is in (categories, makers, years), as small numbers in two flat arrays: five hundred
/// candidates cost two allocations.
///
/// What a slate is made of covers the candidates first and then, in order, the items that stand before the slate
/// (earlier pages); see ``SlateProblem``.
public struct ItemGroups: Sendable {
  /// Numbers below this are used as they are; if there are greater ones, those that occur are numbered anew.
  private static let plainGroups: UInt32 = 4_096

  /// Number of items.
  public var count: Int { starts.count - 1 }
  /// All group numbers are below it.
  public let groupCount: Int
  /// Item i is in `members[starts[i]..<starts[i + 1]]`.
  private(set) var starts: [UInt32]
  private(set) var members: [UInt32]

  /// Groups by item. An item's own list must name no group twice.
  public init(_ lists: [[UInt32]]) {
    var builder = Builder(capacity: lists.count)
    for list in lists {
      for group in list { builder.add(group) }
      builder.endItem()
    }
    self = builder.groups()
  }

  fileprivate init(starts: [UInt32], members: [UInt32], greatest: UInt32) {
    self.starts = starts
    guard greatest >= Self.plainGroups else {
      self.members = members
      groupCount = members.isEmpty ? 0 : Int(greatest) + 1
      return
    }
    var numbers: [UInt32: UInt32] = [:]
    self.members = members.map { group in
      if let number = numbers[group] { return number }
      let number = UInt32(truncatingIfNeeded: numbers.count)
      numbers[group] = number
      return number
    }
    groupCount = numbers.count
  }

  /// The groups of an item.
  @inline(__always)
  subscript(index: Int) -> ArraySlice<UInt32> {
    members[Int(starts[index])..<Int(starts[index + 1])]
  }

  /// What some items weigh in each group, each giving equal parts of its weight to its groups.
  ///
  /// - Parameters:
  ///   - first: place of the first of the items.
  ///   - weights: of each item; only those above 0 count.
  public func mass(from first: Int, weights: [Float]) -> [Double] {
    var mass = [Double](repeating: 0, count: groupCount)
    for (place, weight) in weights.enumerated() where weight > 0 && weight.isFinite {
      guard first + place < count else { break }
      let own = self[first + place]
      for group in own { mass[Int(group)] += Double(weight) / Double(own.count) }
    }
    return mass
  }

  /// Makes groups item by item.
  public struct Builder: Sendable {
    private var starts: [UInt32] = [0]
    private var members: [UInt32] = []
    private var greatest: UInt32 = 0

    /// Room for so many items.
    public init(capacity: Int) {
      starts.reserveCapacity(capacity + 1)
      members.reserveCapacity(capacity * 3)
    }

    /// Puts the item in the making into a group; call it once a group.
    public mutating func add(_ group: UInt32) {
      members.append(group)
      greatest = max(greatest, group)
    }

    /// Puts the item in the making into groups.
    public mutating func add(_ groups: ArraySlice<UInt32>) {
      for group in groups { add(group) }
    }

    /// Goes on to the next item.
    public mutating func endItem() { starts.append(UInt32(truncatingIfNeeded: members.count)) }

    /// All of it.
    public consuming func groups() -> ItemGroups {
      ItemGroups(starts: starts, members: members, greatest: greatest)
    }
  }
}
