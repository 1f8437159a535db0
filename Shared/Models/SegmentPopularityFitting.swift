import Foundation
import LinearAlgebra
import RecommendationCore

extension SegmentPopularity {
  /// How segments are fitted.
  public struct Configuration: Sendable, Equatable {
    /// Entries kept of each segment.
    public var entries = 400
    /// Segments of fewer different people are left out.
    public var minimumPeople = 20
    /// Most segments; those with the most acts stay.
    public var maximumSegments = 2_000
    /// Time after which an act counts half.
    public var halfLife: Duration

    /// Settings.
    public init(halfLife: Duration) { self.halfLife = halfLife }
  }

  /// One act, with the segments that it counts in.
  public struct Act: Sendable {
    /// Who.
    public var user: UserID
    /// With what.
    public var item: ItemID
    /// How strongly it speaks for the item; what is not above zero does not count.
    public var weight: Float
    /// When, Unix time in milliseconds.
    public var timeMilliseconds: Int64

    /// An act.
    public init(user: UserID, item: ItemID, weight: Float, timeMilliseconds: Int64) {
      self.user = user
      self.item = item
      self.weight = weight
      self.timeMilliseconds = timeMilliseconds
    }
  }

  private struct Gathered {
    var sums: [ItemID: Double] = [:]
    var people: Set<UserID> = []
    var acts = 0
  }

  /// Adds up fading likes within each segment. O(acts × segments of an act).
  ///
  /// - Parameters:
  ///   - itemSegments: of each item: its categories.
  ///   - userSegments: of each user: groups that the user belongs to.
  ///   - timeMilliseconds: the moment for which it holds; acts after it are left out.
  public static func fit(
    _ acts: [Act], itemSegments: [ItemID: [UInt64]], userSegments: [UserID: [UInt64]],
    at timeMilliseconds: Int64, configuration: Configuration
  ) throws -> SegmentPopularity {
    guard configuration.halfLife > .zero, configuration.entries > 0 else {
      throw ModelError(.invalidArgument, "a half-life and a number of entries above zero wanted")
    }
    let halfLife = configuration.halfLife / .milliseconds(1)
    var gathered: [UInt64: Gathered] = [:]
    for act in acts where act.weight > 0 && act.weight.isFinite {
      guard act.timeMilliseconds <= timeMilliseconds else { continue }
      let age = Double(timeMilliseconds) - Double(act.timeMilliseconds)
      let weight = Double(act.weight) * exp2(-age / halfLife)
      for segment in (itemSegments[act.item] ?? []) + (userSegments[act.user] ?? []) {
        gathered[segment, default: Gathered()].sums[act.item, default: 0] += weight
        gathered[segment]?.people.insert(act.user)
        gathered[segment]?.acts += 1
      }
    }
    let kept = gathered.filter { $0.value.people.count >= configuration.minimumPeople }
      .sorted { ($1.value.acts, $0.key) < ($0.value.acts, $1.key) }
      .prefix(configuration.maximumSegments).sorted { $0.key < $1.key }
    return try SegmentPopularity(kept.map { ($0.key, $0.value.sums) }, configuration.entries)
  }

  private init(_ kept: [(segment: UInt64, sums: [ItemID: Double])], _ limit: Int) throws {
    let ids = Set(kept.flatMap { $0.sums.keys }).sorted()
    let items = try ItemRows(sorted: ids)
    var starts: [Int32] = [0]
    var rows: [Int32] = []
    var shares: [Float] = []
    for (_, sums) in kept {
      let selector = TopKSelector(capacity: limit)
      for (item, sum) in sums {
        if let row = items.row(of: item) {
          selector.offer(Float(sum), row: Int32(truncatingIfNeeded: row))
        }
      }
      let best = selector.drained()
      let top = best.scores.first ?? 0
      for (row, score) in zip(best.rows, best.scores) where score > 0 && score / top > 0 {
        rows.append(row)
        shares.append(score / top)
      }
      starts.append(Int32(truncatingIfNeeded: rows.count))
    }
    let means = kept.map { $0.sums.values.sorted().reduce(0, +) / Double(max($0.sums.count, 1)) }
    let strongest = max(means.max() ?? 0, .leastNormalMagnitude)
    try self.init(
      items: items, segments: kept.map(\.segment),
      strengths: means.map { Float($0 / strongest) }, starts: starts, rows: rows, shares: shares)
  }
}
