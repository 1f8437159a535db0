/// At most so many items of one group in a slate: of a category, a maker, a price band.
public struct SlateCap: Sendable {
  /// What the groups are, e.g. "category"; for the report.
  public var name: String
  /// Most items of one group.
  public var maximum: Int
  /// The groups of each candidate; a candidate of no group is never capped.
  public var groups: [[UInt32]]

  /// A cap.
  public init(name: String, maximum: Int, groups: [[UInt32]]) {
    self.name = name
    self.maximum = maximum
    self.groups = groups
  }
}

/// How many items of each group a slate has so far, and which candidates that shuts out.
struct CapCounter {
  private let caps: [SlateCap]
  private var counts: [[UInt32: Int]]
  /// How many full groups each candidate is in; kept up to date as groups fill, which is seldom, so
  /// that the question that each slot asks of each candidate is a look into an array.
  private(set) var fullGroups: [Int]

  init(_ caps: [SlateCap], count: Int) {
    self.caps = caps
    counts = caps.map { _ in [:] }
    fullGroups = [Int](repeating: 0, count: count)
    for cap in caps where cap.maximum <= 0 {
      for index in fullGroups.indices where index < cap.groups.count {
        fullGroups[index] += cap.groups[index].count
      }
    }
  }

  /// Counts an item that was selected.
  ///
  /// - Returns: names of the caps that it broke.
  mutating func add(_ index: Int) -> [String] {
    var broken: [String] = []
    for (place, cap) in caps.enumerated() where index < cap.groups.count {
      var isBroken = false
      for group in cap.groups[index] {
        let count = counts[place][group, default: 0] + 1
        counts[place][group] = count
        isBroken = isBroken || count > max(0, cap.maximum)
        if count == cap.maximum { shutOut(group, of: cap) }
      }
      if isBroken { broken.append(cap.name) }
    }
    return broken
  }

  private mutating func shutOut(_ group: UInt32, of cap: SlateCap) {
    for index in fullGroups.indices where index < cap.groups.count {
      fullGroups[index] += cap.groups[index].count { $0 == group }
    }
  }
}
