import LinearAlgebra

/// A key that a search found.
public struct KeyHit: Sendable, Equatable {
  /// The caller's key.
  public var key: UInt64
  /// Inner product with the query.
  public var score: Float

  /// A hit.
  public init(key: UInt64, score: Float) {
    self.key = key
    self.score = score
  }
}

/// A ``LiveIndex`` as it stood at one moment. Cheap to take and to pass on; it never changes.
///
/// Vectors stand in rows from 0. Inside one ``generation`` a row keeps its key and new rows only come
/// behind the others, so that what a caller has worked out by row stays right and only grows; a rebuild
/// lays the rows out anew. Rows of vectors that were removed or replaced stay, and are never found.
public struct LiveSnapshot: Sendable {
  /// What it is made of; shared, never changed.
  struct Contents: Sendable {
    var generation: UInt64
    var version: UInt64
    var base: any VectorIndex
    var baseVectors: Matrix
    var baseKeys: [UInt64]
    var chunks: [DeltaChunk]
    /// Which rows of the index are still to be found.
    var baseAlive: RowFilter
    /// Which of the rows that were added since are still to be found.
    var deltaAlive = RowFilter(rowCount: 0, allowingAll: true)

    var deltaCount: Int { deltaAlive.rowCount }
    var rowCount: Int { baseKeys.count + deltaCount }
    var count: Int { baseAlive.allowedCount + deltaAlive.allowedCount }

    func isAlive(_ row: Int) -> Bool {
      row < baseKeys.count ? baseAlive.allows(row) : deltaAlive.allows(row - baseKeys.count)
    }

    mutating func forget(_ row: Int) {
      if row < baseKeys.count {
        baseAlive.forbid(row)
      } else {
        deltaAlive.forbid(row - baseKeys.count)
      }
    }
  }

  let contents: Contents
  let scratch: SearchScratchPool

  /// Number of vectors that can be found.
  public var count: Int { contents.count }
  /// Number of rows, those of removed vectors included: every row is below it.
  public var rowCount: Int { contents.rowCount }
  /// Length of a vector.
  public var dimensions: Int { contents.base.dimensions }
  /// Goes up with each rebuild: until then rows keep their keys.
  public var generation: UInt64 { contents.generation }
  /// Goes up with each change.
  public var version: UInt64 { contents.version }

  /// Memory beside the vectors of the index itself, in bytes.
  public var indexBytes: Int {
    contents.base.indexBytes + 8 * contents.baseKeys.count
      + contents.chunks.count * DeltaChunk.capacity * (8 + 4 * dimensions)
      + contents.baseAlive.byteCount + contents.deltaAlive.byteCount
  }

  /// The key of a row; rows of removed vectors keep theirs.
  ///
  /// - Precondition: `0 <= row < rowCount`.
  public func key(ofRow row: Int) -> UInt64 {
    let base = contents.baseKeys
    guard row >= base.count else { return base[row] }
    let place = row - base.count
    return contents.chunks[place / DeltaChunk.capacity].keys[place % DeltaChunk.capacity]
  }

  /// Whether a row's vector can be found.
  public func isAlive(row: Int) -> Bool { contents.isAlive(row) }

  /// A row's vector.
  ///
  /// - Precondition: `0 <= row < rowCount`.
  public func vector(ofRow row: Int) -> [Float] { withVector(ofRow: row) { Array($0) } }

  /// Lends a row's vector, without a copy.
  ///
  /// - Precondition: `0 <= row < rowCount`.
  public func withVector<Result>(
    ofRow row: Int, _ body: (UnsafeBufferPointer<Float>) -> Result
  ) -> Result {
    let width = dimensions
    guard row >= contents.baseKeys.count else {
      return contents.baseVectors.withUnsafeValues { values in
        body(UnsafeBufferPointer(rebasing: values[(row * width)..<((row + 1) * width)]))
      }
    }
    let place = row - contents.baseKeys.count
    let chunk = contents.chunks[place / DeltaChunk.capacity]
    // The chunk owns the memory: it must outlive the body.
    return withExtendedLifetime(chunk) {
      let start = chunk.values + (place % DeltaChunk.capacity) * width
      return body(UnsafeBufferPointer(start: start, count: width))
    }
  }

  /// The filter that allows the rows whose keys pass. O(rows); keep it for as long as ``version`` stands.
  public func rows(where isAllowed: (UInt64) throws -> Bool) rethrows -> RowFilter {
    var filter = RowFilter(rowCount: rowCount, allowingAll: false)
    for row in 0..<rowCount where try isAlive(row: row) && isAllowed(key(ofRow: row)) {
      filter.allow(row)
    }
    return filter
  }

  /// The keys with the largest inner products, best first; ties by row.
  ///
  /// The list is full: it has `min(k, allowed vectors)` entries (fewer only where scores overflow).
  ///
  /// - Parameter filter: over ``rowCount`` rows; nil: all that are alive. Removed vectors are never
  ///   found, whatever it says.
  /// - Throws: ``VectorSearchError`` when the query has another length or the filter another extent.
  /// - Complexity: that of the index, and O(rows added since it was built · dimensions).
  public func search(_ query: [Float], k: Int, filter: RowFilter? = nil) throws -> [KeyHit] {
    try hits(query, k: k, filter: filter).map {
      KeyHit(key: key(ofRow: Int($0.row)), score: $0.score)
    }
  }

  /// As ``search(_:k:filter:)``, with rows of this snapshot instead of keys.
  public func hits(_ query: [Float], k: Int, filter: RowFilter? = nil) throws -> [VectorHit] {
    if let filter, filter.rowCount != rowCount {
      throw VectorSearchError(
        .invalidArgument, "a filter over \(filter.rowCount) rows for \(rowCount) rows")
    }
    let inBase = try contents.base.search(query, k: k, filter: baseFilter(filter))
    guard contents.deltaCount > 0, k > 0 else { return inBase }
    return merged(inBase, added(query, k: k, filter), k: k)
  }

  private func baseFilter(_ filter: RowFilter?) -> RowFilter? {
    let alive = contents.baseAlive
    guard let filter else { return alive.isUnrestricted ? nil : alive }
    var result = filter.prefix(contents.baseKeys.count)
    if !alive.isUnrestricted { result.formIntersection(alive) }
    return result
  }

  /// The best of the rows that were added since the index was built.
  private func added(_ query: [Float], k: Int, _ filter: RowFilter?) -> [VectorHit] {
    let dimensions = dimensions
    let first = contents.baseKeys.count
    return scratch.with(capacity: min(k, contents.deltaCount)) { scratch in
      for (number, chunk) in contents.chunks.enumerated() {
        let start = number * DeltaChunk.capacity
        let rows = min(DeltaChunk.capacity, contents.deltaCount - start)
        guard rows > 0 else { break }
        Kernels.multiply(
          chunk.values, rows: rows, columns: dimensions, vector: query, into: scratch.scores)
        for index in 0..<rows where scratch.scores[index] >= scratch.selector.threshold {
          let row = first + start + index
          guard contents.deltaAlive.allows(start + index), filter?.allows(row) ?? true else {
            continue
          }
          scratch.selector.offer(scratch.scores[index], row: Int32(truncatingIfNeeded: row))
        }
      }
      var hits: [VectorHit] = []
      hits.reserveCapacity(scratch.selector.count)
      scratch.selector.drain { hits.append(VectorHit(row: $0, score: $1)) }
      return hits
    }
  }

  private func merged(_ left: [VectorHit], _ right: [VectorHit], k: Int) -> [VectorHit] {
    guard !right.isEmpty else { return left }
    var result: [VectorHit] = []
    result.reserveCapacity(min(k, left.count + right.count))
    var (first, second) = (0, 0)
    while result.count < k, first < left.count || second < right.count {
      // Added rows lie behind the others: on equal scores the left one has the lower row.
      if second == right.count
        || (first < left.count && left[first].score >= right[second].score)
      {
        result.append(left[first])
        first += 1
      } else {
        result.append(right[second])
        second += 1
      }
    }
    return result
  }
}
