internal import CVectors
import LinearAlgebra

extension InvertedFileIndex {
  /// The price of an exact score of a row somewhere in memory, in scores of neighbouring codes.
  private static let rowCost = 4.0
  /// Lists visited at least.
  private static let leastProbes = 8

  /// The rows with the largest inner products, best first; ties by row.
  ///
  /// O(lists · dimensions + visited vectors · dimensions / 2 bytes).
  public func search(_ query: [Float], k: Int, filter: RowFilter?) throws -> [VectorHit] {
    let wanted = try resultCount(query, k, filter)
    guard wanted > 0 else { return [] }
    let plan = SearchPlan(
      wanted: wanted, allowed: filter?.allowedCount ?? count, count: count,
      visited: Double(count) * configuration.probeShare, rowCost: Self.rowCost)
    let restricting = filter.flatMap { $0.isUnrestricted ? nil : $0 }
    // Coarse scores pick these; exact ones pick the k of them.
    let kept = 2 * wanted + 100
    return try scratch.with(header: image.header, wanted: wanted, capacity: kept + 2048) {
      scratch in
      switch plan.way {
      case .exact:
        try vectors.withUnsafeValues { values in
          AllowedRows.offer(
            restricting, of: count, values, query, rows: scratch.rows, scores: scratch.scores,
            capacity: scratch.capacity, to: scratch.selector)
        }
      case .index(let width):
        let probes = Int((configuration.probeShare * width * Double(lists)).rounded(.up))
        let found = candidates(
          query, wanted, kept, probes: min(lists, max(Self.leastProbes, probes)), restricting,
          scratch)
        try vectors.withUnsafeValues { values in
          cvectors_dot_rows(values, dimensions, scratch.rows, found, query, scratch.scores)
        }
        for place in 0..<found {
          scratch.selector.offer(scratch.scores[place], row: scratch.rows[place])
        }
      }
      var hits: [VectorHit] = []
      hits.reserveCapacity(wanted)
      scratch.selector.drain { hits.append(VectorHit(row: $0, score: $1)) }
      return hits
    }
  }

  /// Leaves the best candidates by coarse score in the scratch, at least as many as wanted.
  ///
  /// - Returns: how many.
  private func candidates(
    _ query: [Float], _ wanted: Int, _ kept: Int, probes: Int, _ filter: RowFilter?,
    _ scratch: InvertedScratch
  ) -> Int {
    var coded = cvectors_encode_query(query, dimensions, scratch.query)
    var list = cvectors_lists(
      blocks: image.blocks, starts: image.starts, dimensions: dimensions)
    var found = cvectors_found(
      rows: scratch.rows, scores: scratch.scores, keys: scratch.keys, capacity: scratch.capacity,
      keep: kept, count: 0, threshold: -.infinity)
    Kernels.multiply(
      image.centroids, rows: lists, columns: dimensions, vector: query, into: scratch.listScores)
    func scan(_ places: Range<Int>) {
      let order = scratch.order + places.lowerBound
      RowFilter.withBitmap(of: filter) {
        cvectors_scan(&list, order, scratch.listScores, places.count, &coded, $0, &found)
      }
    }
    cvectors_order(scratch.listScores, lists, probes, scratch.keys, scratch.order)
    scan(0..<probes)
    if found.count < wanted, probes < lists {
      // The allowed rows lie elsewhere: on through the other lists, so that the result is full.
      cvectors_order(scratch.listScores, lists, lists, scratch.keys, scratch.order)
      var next = probes
      while found.count < wanted, next < lists {
        let end = min(lists, next + probes)
        scan(next..<end)
        next = end
      }
    }
    cvectors_keep_best(&found)
    return found.count
  }
}
