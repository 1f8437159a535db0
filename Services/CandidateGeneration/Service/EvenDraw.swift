import VectorSearch

/// Draws without repeats, each allowed row as likely as any other: of n allowed rows k are drawn, each with
/// probability k / n.
enum EvenDraw {
  /// Below this share of allowed rows it is cheaper to list them than to try.
  private static let listedShare = 0.1

  /// - Returns: the rows in the order in which they were drawn; all of them when no more are allowed.
  /// - Complexity: O(count / selectivity) expected; O(rows) when few are allowed or many wanted.
  static func rows(
    _ allowed: RowFilter, count: Int, using random: inout some RandomNumberGenerator
  ) -> [Int] {
    let wanted = min(count, allowed.allowedCount)
    guard wanted > 0 else { return [] }
    if allowed.selectivity < listedShare || wanted * 4 > allowed.allowedCount {
      return listed(allowed, wanted, &random)
    }
    var drawn: [Int] = []
    var known = Set<Int>()
    while drawn.count < wanted {
      let row = Int.random(in: 0..<allowed.rowCount, using: &random)
      if allowed.allows(row), known.insert(row).inserted { drawn.append(row) }
    }
    return drawn
  }

  /// The first steps of a shuffle (Fisher and Yates 1938).
  private static func listed(
    _ allowed: RowFilter, _ wanted: Int, _ random: inout some RandomNumberGenerator
  ) -> [Int] {
    var rows: [Int] = []
    rows.reserveCapacity(allowed.allowedCount)
    allowed.forEachAllowed { rows.append($0) }
    for place in 0..<wanted {
      rows.swapAt(place, Int.random(in: place..<rows.count, using: &random))
    }
    return Array(rows.prefix(wanted))
  }
}
