/// So many places of a slate are for certain items: at least `minimum`, at most `maximum`.
///
/// Unlike a cap it is a promise. The maximum is never exceeded, if need be the slate stays shorter; the minimum is
/// kept as long as there are such items. Where several quotas cannot all be kept, the earlier one wins.
public struct SlateQuota: Sendable {
  /// Least of such items.
  public var minimum: Int
  /// Most of such items; nil: no such limit.
  public var maximum: Int?
  /// Whether each candidate is such an item.
  public var members: [Bool]

  /// A quota.
  public init(minimum: Int, maximum: Int?, members: [Bool]) {
    self.minimum = minimum
    self.maximum = maximum
    self.members = members
  }
}

/// A candidate that stands at a fixed place of the slate.
public struct SlatePin: Sendable, Equatable {
  /// The place, from 0.
  public var slot: Int
  /// The candidate.
  public var index: Int

  /// A pin.
  public init(slot: Int, index: Int) {
    self.slot = slot
    self.index = index
  }
}

/// How far the quotas of a slate are filled.
struct QuotaCounter {
  private let quotas: [SlateQuota]
  private var counts: [Int]
  /// Candidates of each quota that may still be selected.
  private var left: [Int]
  private let isFree: [Bool]

  /// - Parameters:
  ///   - pins: what stands fixed: it counts from the start.
  ///   - isFree: whether each candidate may be selected at all.
  init(_ quotas: [SlateQuota], pins: [SlatePin], isFree: [Bool]) {
    self.quotas = quotas
    self.isFree = isFree
    counts = quotas.map { quota in pins.count { quota.members[$0.index] } }
    left = quotas.map { quota in isFree.indices.count { quota.members[$0] && isFree[$0] } }
  }

  var isEmpty: Bool { quotas.isEmpty }

  /// Whether the candidate would exceed a maximum.
  func isShut(_ index: Int) -> Bool {
    for (place, quota) in quotas.enumerated() where quota.members[index] {
      if let maximum = quota.maximum, counts[place] >= maximum { return true }
    }
    return false
  }

  /// The quotas that the next place must serve, since later places would not suffice; empty while there is time.
  ///
  /// - Parameter open: places that are left, the next one among them.
  func due(open: Int) -> [Int] {
    var needs = 0
    var wanting: [Int] = []
    for (place, quota) in quotas.enumerated() {
      let need = min(quota.minimum - counts[place], left[place])
      guard need > 0 else { continue }
      if let maximum = quota.maximum, counts[place] >= maximum { continue }
      needs += need
      wanting.append(place)
    }
    return needs >= open ? wanting : []
  }

  /// How many of the due quotas a candidate serves, and the first of them.
  func service(of index: Int, to due: [Int]) -> (count: Int, first: Int) {
    var (count, first) = (0, Int.max)
    for place in due where quotas[place].members[index] {
      count += 1
      first = min(first, place)
    }
    return (count, first)
  }

  /// Counts a candidate that was selected.
  mutating func add(_ index: Int) {
    for (place, quota) in quotas.enumerated() where quota.members[index] {
      counts[place] += 1
      if isFree[index] { left[place] -= 1 }
    }
  }
}
