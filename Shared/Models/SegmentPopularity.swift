import LinearAlgebra
import RecommendationCore

/// What is liked of late within segments: categories of items, and groups of users such as an age or a
/// region. It serves people of whom little is known (the demographic recommender of Pazzani 1999).
///
/// A segment's scores are shares of its own best item, from 0 to 1, so that a small segment speaks as loudly as
/// a large one. Segments of fewer than a number of people are left out: they would say little, and about
/// persons.
public struct SegmentPopularity: Sendable {
  /// The bundle kind of such models.
  public static let kind = "category-popular"

  /// How much a segment counts.
  public struct Weighted: Sendable, Equatable {
    /// Which.
    public var segment: UInt64
    /// Above zero.
    public var weight: Float

    /// A segment and its weight.
    public init(segment: UInt64, weight: Float) {
      self.segment = segment
      self.weight = weight
    }
  }

  /// The items and their rows.
  public let items: ItemRows
  /// Segments in the order of their keys.
  public let segments: [UInt64]
  /// How much an item of the segment is liked in the mean, as a share of the best segment's: the prior of a
  /// new item of a category.
  public let strengths: [Float]
  /// Segment s has the entries `starts[s] ..< starts[s + 1]`, best first.
  let starts: [Int32]
  let rows: [Int32]
  let shares: [Float]
  private let places: [UInt64: Int]
  private let scratch = RowSumsPool()

  /// A model from its parts.
  ///
  /// - Throws: ``ModelError/Code/malformed`` when they do not fit each other.
  init(
    items: ItemRows, segments: [UInt64], strengths: [Float], starts: [Int32], rows: [Int32],
    shares: [Float]
  ) throws {
    guard starts.count == segments.count + 1, strengths.count == segments.count,
      starts.first == 0, starts.last == Int32(truncatingIfNeeded: rows.count),
      zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 }), rows.count == shares.count,
      zip(segments, segments.dropFirst()).allSatisfy({ $0 < $1 }),
      rows.allSatisfy({ $0 >= 0 && Int($0) < items.count }),
      shares.allSatisfy({ $0 > 0 && $0 <= 1 }), strengths.allSatisfy({ $0 >= 0 && $0 <= 1 })
    else { throw ModelError(.malformed, "segments that do not fit their items") }
    self.items = items
    self.segments = segments
    self.strengths = strengths
    self.starts = starts
    self.rows = rows
    self.shares = shares
    places = Dictionary(uniqueKeysWithValues: segments.indices.map { (segments[$0], $0) })
  }

  /// The segment of a category. Equal to the category's key in every catalogue.
  public static func category(_ name: String) -> UInt64 { entityKey(name) }

  /// The segment of the people that have a value of an attribute.
  public static func people(_ attribute: String, _ value: String) -> UInt64 {
    entityKey("people:\(attribute)=\(value)")
  }

  /// Whether the model knows a segment.
  public func contains(_ segment: UInt64) -> Bool { places[segment] != nil }

  /// The mean liking of a segment's items as a share of the best segment's; 0 for an unknown one.
  public func strength(of segment: UInt64) -> Float { places[segment].map { strengths[$0] } ?? 0 }

  /// The items with the largest weighted sums of their shares in some segments.
  ///
  /// - Complexity: O(segments × entries of each + found).
  public func ranked(
    by wanted: [Weighted], count: Int, allowed: (Int) -> Bool
  ) -> RankedRows {
    var result = RankedRows()
    let sums = scratch.take(rowCount: items.count)
    defer {
      sums.clear()
      scratch.give(sums)
    }
    for weighted in wanted {
      guard let place = places[weighted.segment], weighted.weight > 0 else { continue }
      result.usedEntries += 1
      let entries = Int(starts[place])..<Int(starts[place + 1])
      sums.add(shares[entries], times: weighted.weight, rows: rows[entries])
    }
    (result.rows, result.scores) = sums.best(count, allowed: allowed)
    return result
  }
}

extension SegmentPopularity {
  /// The prior of an item by its categories: the mean of their strengths; 0 where none is known.
  public func prior(ofCategories names: [String]) -> Float {
    let known = names.map { Self.category($0) }.filter { contains($0) }.map { strength(of: $0) }
    return known.isEmpty ? 0 : known.reduce(0, +) / Float(known.count)
  }
}
