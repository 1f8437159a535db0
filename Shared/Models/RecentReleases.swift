import Foundation
import LinearAlgebra
import RecommendationCore

/// The newest items, those of well-liked categories first: for items that nobody can have acted upon yet.
///
/// score = 2^(-age / half-life) · (0.1 + mean strength of the item's categories). The age counts from the
/// time of availability, else from the start of the year of release. Since all items age alike, their order
/// holds for any moment, and only the values depend on it.
public struct RecentReleases: Sendable {
  /// The items and their rows.
  public let items: ItemRows
  /// Time of release of each row, in half-lives since the Unix epoch.
  private let releaseHalfLives: [Double]
  private let priors: [Float]
  /// Rows, best first; ties by item.
  public let ranking: [Int32]
  private let halfLifeMilliseconds: Double

  /// What is asked of an item.
  public struct Release: Sendable {
    /// Which.
    public var item: ItemID
    /// When it came out, Unix time in milliseconds.
    public var timeMilliseconds: Int64
    /// Mean strength of its categories, 0 to 1.
    public var prior: Float

    /// A release.
    public init(item: ItemID, timeMilliseconds: Int64, prior: Float) {
      self.item = item
      self.timeMilliseconds = timeMilliseconds
      self.prior = prior
    }
  }

  /// Sorts releases, each item once. O(n log n).
  ///
  /// - Parameters:
  ///   - halfLife: time after which an item counts half as new.
  ///   - limit: most items that are kept.
  public init(_ releases: [Release], halfLife: Duration, limit: Int) throws {
    let halfLife = max(halfLife / .milliseconds(1), 1)
    halfLifeMilliseconds = halfLife
    func key(_ release: Release) -> Double {
      Double(release.timeMilliseconds) / halfLife + log2(0.1 + Double(release.prior))
    }
    let best = releases.map { (key: key($0), release: $0) }
      .sorted { ($1.key, $0.release.item) < ($0.key, $1.release.item) }.prefix(limit)
    let kept = best.map(\.release).sorted { $0.item < $1.item }
    items = try ItemRows(sorted: kept.map(\.item))
    releaseHalfLives = kept.map { Double($0.timeMilliseconds) / halfLife }
    priors = kept.map { 0.1 + $0.prior }
    let rows = items
    ranking = best.compactMap { entry in
      rows.row(of: entry.release.item).map { Int32(truncatingIfNeeded: $0) }
    }
  }

  /// The score of a row at a moment; an item that is still to come counts as of today.
  public func score(row: Int, at timeMilliseconds: Int64) -> Float {
    let age = Double(timeMilliseconds) / halfLifeMilliseconds - releaseHalfLives[row]
    return Float(exp2(-max(age, 0))) * priors[row]
  }

  /// The best rows at a moment.
  ///
  /// - Complexity: O(rows passed over + count).
  public func newest(
    at timeMilliseconds: Int64, count: Int, allowed: (Int) -> Bool
  ) -> RankedRows {
    var result = RankedRows()
    for row in ranking where result.rows.count < count {
      guard allowed(Int(row)) else { continue }
      result.rows.append(row)
      result.scores.append(score(row: Int(row), at: timeMilliseconds))
    }
    return result
  }

  /// When an item came out: the time from which it is available, else the start of its year; nil where
  /// neither is known.
  public static func release(of item: Item) -> Int64? {
    if let time = item.availableFromMilliseconds { return time }
    guard let year = item.year else { return nil }
    // Beyond these years the milliseconds would overflow.
    return startOfYear(min(max(Int64(year), -100_000), 100_000))
  }

  /// Unix time in milliseconds of 1 January (proleptic Gregorian calendar).
  static func startOfYear(_ year: Int64) -> Int64 {
    let before = year - 1
    let leapDays =
      before.floorDivided(by: 4) - before.floorDivided(by: 100)
      + before.floorDivided(by: 400)
    // 719,162 days lie between 1 January of the year 1 and the Unix epoch.
    return (365 * before + leapDays - 719_162) * 86_400_000
  }
}

extension Int64 {
  fileprivate func floorDivided(by divisor: Int64) -> Int64 {
    self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
  }
}
