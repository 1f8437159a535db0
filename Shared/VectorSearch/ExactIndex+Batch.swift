public import LinearAlgebra

extension ExactIndex {
  /// Queries whose products with a block are held at once.
  private static let batch = 32
  /// Rows of a block here: the products of a batch fit the second-level cache.
  private static let batchBlock = 2048

  /// As ``search(_:k:filter:)`` for many queries at once, a row each: blocks of vectors are read once for 32
  /// queries, by a product of matrices.
  ///
  /// O(queries · rows · dimensions), on the calling thread.
  ///
  /// - Throws: ``VectorSearchError`` when the queries have another length, a value is not finite, or the filter
  ///   has another extent.
  public func search(
    _ queries: Matrix, k: Int, filter: RowFilter? = nil
  ) throws -> [[VectorHit]] {
    guard queries.columns == dimensions, queries.isFinite else {
      throw VectorSearchError(
        .invalidArgument,
        "queries must be finite and of \(dimensions) values, not \(queries.columns)")
    }
    let probe = [Float](repeating: 0, count: dimensions)
    let wanted = try resultCount(probe, k, filter)
    var result = [[VectorHit]](repeating: [], count: queries.rows)
    guard wanted > 0 else { return result }
    let selectors = (0..<min(Self.batch, queries.rows)).map { _ in TopKSelector(capacity: wanted) }
    let room = Self.batch * Self.batchBlock
    let products = UnsafeMutablePointer<Float>.allocate(capacity: room)
    defer { products.deallocate() }
    for first in stride(from: 0, to: queries.rows, by: Self.batch) {
      let count = min(Self.batch, queries.rows - first)
      offer(queries, first..<(first + count), filter, products, selectors)
      for place in 0..<count {
        selectors[place].drain { result[first + place].append(VectorHit(row: $0, score: $1)) }
      }
    }
    return result
  }

  private func offer(
    _ queries: Matrix, _ range: Range<Int>, _ filter: RowFilter?,
    _ products: UnsafeMutablePointer<Float>, _ selectors: [TopKSelector]
  ) {
    let dimensions = dimensions
    queries.withUnsafeValues { queries in
      vectors.withUnsafeValues { values in
        guard let queries = queries.baseAddress, let values = values.baseAddress else { return }
        for start in stride(from: 0, to: count, by: Self.batchBlock) {
          let rows = min(Self.batchBlock, count - start)
          Kernels.multiplyByTransposed(
            queries + range.lowerBound * dimensions, leftRows: range.count,
            values + start * dimensions, rightRows: rows, columns: dimensions, into: products)
          for place in 0..<range.count {
            let scores = UnsafeBufferPointer(start: products + place * rows, count: rows)
            Self.offer(scores, firstRow: start, filter, to: selectors[place])
          }
        }
      }
    }
  }

  private static func offer(
    _ scores: UnsafeBufferPointer<Float>, firstRow: Int, _ filter: RowFilter?,
    to selector: TopKSelector
  ) {
    guard let filter else {
      return selector.offer(scores, firstRow: Int32(truncatingIfNeeded: firstRow))
    }
    for (place, score) in scores.enumerated() where score >= selector.threshold {
      guard filter.allows(firstRow + place) else { continue }
      selector.offer(score, row: Int32(truncatingIfNeeded: firstRow + place))
    }
  }
}
