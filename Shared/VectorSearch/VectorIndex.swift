/// A row that a search found.
public struct VectorHit: Sendable, Equatable {
  /// Its number.
  public var row: Int32
  /// Inner product with the query.
  public var score: Float

  /// A hit.
  public init(row: Int32, score: Float) {
    self.row = row
    self.score = score
  }
}

/// Vectors that can be searched by largest inner product; reading only, from any thread.
public protocol VectorIndex: Sendable {
  /// Number of vectors.
  var count: Int { get }
  /// Length of a vector.
  var dimensions: Int { get }
  /// Memory beside the vectors, in bytes.
  var indexBytes: Int { get }

  /// The rows with the largest inner products, best first; ties by row.
  ///
  /// With a filter, only allowed rows are found, and the list is full: it has `min(k, allowed rows)`
  /// entries (fewer only where scores are not finite).
  ///
  /// - Throws: ``VectorSearchError`` when the query has another length or a value that is not finite.
  func search(_ query: [Float], k: Int, filter: RowFilter?) throws -> [VectorHit]
}

extension VectorIndex {
  /// Checks a query's length, and bounds the number of results by what can be found.
  func resultCount(_ query: [Float], _ k: Int, _ filter: RowFilter?) throws -> Int {
    guard query.count == dimensions else {
      throw VectorSearchError(
        .invalidArgument, "a query of \(query.count) values for vectors of \(dimensions)")
    }
    guard query.allSatisfy(\.isFinite) else {
      throw VectorSearchError(.invalidArgument, "the query has a value that is not finite")
    }
    if let filter, filter.rowCount != count {
      throw VectorSearchError(
        .invalidArgument, "a filter over \(filter.rowCount) rows for \(count) vectors")
    }
    return max(0, min(k, filter?.allowedCount ?? count))
  }
}
