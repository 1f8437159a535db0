internal import CVectors
public import LinearAlgebra

/// Searches all vectors: blocks of inner products by BLAS, the best kept in a bounded heap.
///
/// O(rows · dimensions). With a selective filter only the allowed rows are computed. Where a good part of some
/// thousand rows is wanted, bounds from 8-bit codes tell which rows have to be computed at all. Scratch memory is kept
/// between searches, so that a search allocates nothing but its answer.
public final class ExactIndex: VectorIndex {
  /// The vectors, a row each.
  public let vectors: Matrix
  private let codes: CodedRows?
  private let scratch = SearchScratchPool()
  /// Below this share of allowed rows single products beat blocks, whose rows lie in order.
  private static let denseSelectivity = 0.25
  /// When more than one in so many rows is wanted, a heap is slower than a selection.
  private static let heapShare = 200
  /// More scores than this at once would leave the second-level cache.
  private static let wholeLimit = 131_072
  /// Fewer rows or dimensions are read as quickly as they are.
  private static let codedRows = 512
  private static let codedDimensions = 16
  /// When more than one in so many rows is wanted, most rows would be computed after all.
  private static let codedShare = 4

  /// An index over vectors.
  public init(_ vectors: Matrix) {
    self.vectors = vectors
    codes =
      (Self.codedRows...Self.wholeLimit).contains(vectors.rows)
        && vectors.columns >= Self.codedDimensions && CodedRows.pay ? CodedRows(vectors) : nil
  }

  /// Number of vectors.
  public var count: Int { vectors.rows }
  /// Length of a vector.
  public var dimensions: Int { vectors.columns }
  /// That of the codes.
  public var indexBytes: Int { codes?.byteCount ?? 0 }

  /// The rows with the largest inner products, best first; ties by row.
  public func search(_ query: [Float], k: Int, filter: RowFilter?) throws -> [VectorHit] {
    let wanted = try resultCount(query, k, filter)
    guard wanted > 0 else { return [] }
    return scratch.with(capacity: wanted) { found(query, wanted, filter, $0) }
  }

  private func found(
    _ query: [Float], _ wanted: Int, _ filter: RowFilter?, _ scratch: SearchScratch
  ) -> [VectorHit] {
    var hits: [VectorHit] = []
    hits.reserveCapacity(wanted)
    vectors.withUnsafeValues { values in
      guard let values = values.baseAddress else { return }
      if wanted * Self.heapShare > count, count <= Self.wholeLimit,
        filter.map({ $0.selectivity >= Self.denseSelectivity }) ?? true
      {
        if wanted * Self.codedShare > count
          || !selectByBounds(values, query, filter, scratch, wanted, into: &hits)
        {
          selectFromWhole(values, query, filter, scratch, wanted, into: &hits)
        }
      } else if let filter, filter.selectivity < Self.denseSelectivity {
        AllowedRows.offer(
          filter, of: count, values, query, rows: scratch.rows, scores: scratch.scores,
          capacity: SearchScratch.block, to: scratch.selector)
      } else {
        offerBlocks(values, query, filter, scratch)
      }
    }
    scratch.selector.drain { row, score in hits.append(VectorHit(row: row, score: score)) }
    return hits
  }

  /// Scores all rows, then picks the best: where so many are wanted that a heap would be busy.
  private func selectFromWhole(
    _ values: UnsafePointer<Float>, _ query: [Float], _ filter: RowFilter?,
    _ scratch: SearchScratch,
    _ wanted: Int, into hits: inout [VectorHit]
  ) {
    let whole = scratch.whole(count)
    Kernels.multiply(
      values, rows: count, columns: dimensions, vector: query, into: whole.scores)
    filter?.forEachForbidden { whole.scores[$0] = -.infinity }
    let found = cvectors_select(
      whole.scores, count, wanted, whole.keys, scratch.rows, scratch.scores)
    for place in 0..<found {
      hits.append(VectorHit(row: scratch.rows[place], score: scratch.scores[place]))
    }
  }

  /// Computes only the rows that may be among the best: those whose upper bound reaches what enough others reach by
  /// their lower one. The same rows as by computing all.
  ///
  /// - Returns: whether there were bounds to go by.
  private func selectByBounds(
    _ values: UnsafePointer<Float>, _ query: [Float], _ filter: RowFilter?,
    _ scratch: SearchScratch, _ wanted: Int, into hits: inout [VectorHit]
  ) -> Bool {
    guard let codes else { return false }
    let whole = scratch.whole(codes.paddedRows)
    let (lower, upper) = (whole.scores, scratch.bounds(codes.paddedRows))
    guard codes.bounds(query, lower: lower, upper: upper) else { return false }
    filter?.forEachForbidden {
      lower[$0] = -.infinity
      upper[$0] = -.infinity
    }
    let bar = cvectors_bar(lower, count, wanted)
    let rows = scratch.places(count)
    let candidates = cvectors_reaching(upper, count, bar, rows)
    cvectors_dot_rows(values, dimensions, rows, candidates, query, lower)
    let found = cvectors_select(
      lower, candidates, wanted, whole.keys, scratch.rows, scratch.scores)
    for place in 0..<found {
      hits.append(VectorHit(row: rows[Int(scratch.rows[place])], score: scratch.scores[place]))
    }
    return true
  }

  private func offerBlocks(
    _ values: UnsafePointer<Float>, _ query: [Float], _ filter: RowFilter?, _ scratch: SearchScratch
  ) {
    for start in stride(from: 0, to: count, by: SearchScratch.block) {
      let rows = min(SearchScratch.block, count - start)
      Kernels.multiply(
        values + start * dimensions, rows: rows, columns: dimensions, vector: query,
        into: scratch.scores)
      if let filter {
        for index in 0..<rows {
          let score = scratch.scores[index]
          guard score >= scratch.selector.threshold, filter.allows(start + index) else { continue }
          scratch.selector.offer(score, row: Int32(truncatingIfNeeded: start + index))
        }
      } else {
        let block = UnsafeBufferPointer(start: scratch.scores, count: rows)
        scratch.selector.offer(block, firstRow: Int32(truncatingIfNeeded: start))
      }
    }
  }
}
