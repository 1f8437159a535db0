import Foundation

/// Holds the slate's mix of groups to the user's own (Steck 2018, "Calibrated recommendations"): the greedy choice
/// of `(1 - weight) * gain - weight * KL(p || q)`.
///
/// p is the user's distribution over groups, q the slate's with the candidate in it, each item giving equal parts of
/// itself to its groups. As in the paper q is mixed with a little p, `q' = (1 - 0.01) q + 0.01 p`, so that a
/// group that the slate lacks costs much and not infinitely much. Items before the slate count in q.
public struct SlateCalibration: Sendable {
  static let mixedIn = 0.01

  /// How much the mix counts against gain, 0 to 1.
  public var weight: Double
  /// The user's distribution over groups; sums to 1, so that a divergence is never below 0.
  public var target: [Double]
  /// The groups of each candidate and of each item before the slate.
  public var groups: ItemGroups

  /// A calibration; nil where the user has no mix, because nothing is known of it.
  ///
  /// - Parameter mass: weight of each group in the user's history, those too that no candidate has; missing ones
  ///   are 0.
  public init?(weight: Double, mass: [Double], groups: ItemGroups) {
    let total = mass.reduce(0, +)
    guard weight > 0, total > 0, total.isFinite else { return nil }
    self.weight = min(1, weight)
    target = (0..<max(groups.groupCount, mass.count)).map {
      $0 < mass.count ? mass[$0] / total : 0
    }
    self.groups = groups
  }
}

/// The mix of a slate in the making.
struct CalibrationCounter {
  private static let tabledSizes = 8

  let calibration: SlateCalibration
  private var mass: [Double]
  private var itemCount = 0.0
  /// The divergence with one more item in no wanted group, and what an item of so many groups takes off it by
  /// being in one of them; NaN until asked for.
  private var withOther = 0.0
  private var relief: [Double]

  init(_ calibration: SlateCalibration) {
    self.calibration = calibration
    mass = [Double](repeating: 0, count: calibration.target.count)
    relief = [Double](repeating: .nan, count: calibration.target.count * Self.tabledSizes)
    prepare()
  }

  /// Counts an item of the slate, or one before it.
  ///
  /// - Complexity: O(groups).
  mutating func add(_ index: Int) {
    let groups = calibration.groups[index]
    guard !groups.isEmpty else { return }
    for group in groups { mass[Int(group)] += 1 / Double(groups.count) }
    itemCount += 1
    prepare()
  }

  private mutating func prepare() {
    withOther = divergence(itemCount + 1)
    for place in relief.indices { relief[place] = .nan }
  }

  /// KL(p || q') of the slate so far.
  var divergence: Double { divergence(max(1, itemCount)) }

  private func divergence(_ items: Double) -> Double {
    var sum = 0.0
    for (group, share) in calibration.target.enumerated() where share > 0 {
      sum += share * log(share / mixed(mass[group] / items, share))
    }
    return sum
  }

  /// KL(p || q') with a candidate in the slate.
  ///
  /// - Complexity: O(groups of the candidate).
  mutating func divergence(with index: Int) -> Double {
    let groups = calibration.groups[index]
    guard !groups.isEmpty else { return divergence }
    var sum = withOther
    for group in groups { sum -= relief(of: Int(group), size: groups.count) }
    return sum
  }

  private mutating func relief(of group: Int, size: Int) -> Double {
    let share = calibration.target[group]
    guard share > 0 else { return 0 }
    let place = size <= Self.tabledSizes ? group * Self.tabledSizes + size - 1 : -1
    if place >= 0, !relief[place].isNaN { return relief[place] }
    let items = itemCount + 1
    let value =
      share
      * log(
        mixed((mass[group] + 1 / Double(size)) / items, share) / mixed(mass[group] / items, share))
    if place >= 0 { relief[place] = value }
    return value
  }

  private func mixed(_ own: Double, _ wanted: Double) -> Double {
    (1 - SlateCalibration.mixedIn) * own + SlateCalibration.mixedIn * wanted
  }
}
