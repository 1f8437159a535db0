/// Orthonormal columns of a tall matrix, on all cores.
public enum Orthonormal {
  /// Rows whose sums are added up at once; fixed, so that the result is the same on any number of threads.
  private static let largestParts = 16

  /// Replaces the columns by orthonormal ones that span the same space.
  ///
  /// Cholesky QR, twice (Yamamoto et al. 2015), with a shift that keeps columns that depend on others from
  /// ending the work: they come out as noise. O(rows · columns²).
  ///
  /// - Parameter matrix: `rows * columns` values, row by row.
  /// - Returns: false when a value is not finite.
  public static func columns(
    _ matrix: UnsafeMutablePointer<Float>, rows: Int, columns: Int, threads: Int? = nil
  ) -> Bool {
    guard rows > 0, columns > 0 else { return true }
    var factor = [Float](repeating: 0, count: columns * columns)
    // Safe: threads write to rows of their own.
    // Only read, by all threads.
    nonisolated(unsafe) let matrix = matrix
    for pass in 0..<2 {
      guard gram(matrix, rows: rows, columns: columns, threads: threads, into: &factor) else {
        return false
      }
      let largest = (0..<columns).map { factor[$0 * (columns + 1)] }.max() ?? 0
      guard largest.isFinite, largest > 0 else { return largest == 0 }
      let shift = largest * (pass == 0 ? 1e-5 : 1e-7)
      for column in 0..<columns { factor[column * (columns + 1)] += shift }
      let isDefinite = factor.withUnsafeMutableBufferPointer { values in
        values.baseAddress.map { Kernels.factorize($0, size: columns) } ?? true
      }
      guard isDefinite else { return false }
      factor.withUnsafeBufferPointer { values in
        guard let start = values.baseAddress else { return }
        // Only read, by all threads.
        nonisolated(unsafe) let upper = start
        ParallelRows(threads: threads, blockSize: 256).run(count: rows) { _, range in
          Kernels.divideRows(
            matrix + range.lowerBound * columns, count: range.count, byUpper: upper, size: columns)
        }
      }
    }
    return true
  }

  /// `transpose(matrix) * matrix` on all cores: whole, both triangles.
  ///
  /// O(rows · columns²); memory for up to 16 results.
  ///
  /// - Returns: false when a value is not finite.
  public static func gram(
    _ matrix: UnsafePointer<Float>, rows: Int, columns: Int, threads: Int? = nil,
    into result: inout [Float]
  ) -> Bool {
    let parts = max(1, min(largestParts, rows / 512))
    var sums = [Float](repeating: 0, count: parts * columns * columns)
    // Only read, by all threads.
    nonisolated(unsafe) let matrix = matrix
    sums.withUnsafeMutableBufferPointer { sums in
      guard let start = sums.baseAddress else { return }
      // Safe: a part is written by one thread.
      nonisolated(unsafe) let base = start
      ParallelRows(threads: threads, blockSize: 1).run(count: parts) { _, indices in
        for part in indices {
          let range = part * rows / parts..<(part + 1) * rows / parts
          Kernels.gram(
            matrix + range.lowerBound * columns, rows: range.count, columns: columns, scale: 1,
            keeping: 0, into: base + part * columns * columns)
        }
      }
    }
    for place in 0..<columns * columns {
      var sum: Float = 0
      for part in 0..<parts { sum += sums[part * columns * columns + place] }
      result[place] = sum
    }
    result.withUnsafeMutableBufferPointer { values in
      if let base = values.baseAddress { Kernels.mirrorUpper(base, size: columns) }
    }
    return result.allSatisfy(\.isFinite)
  }
}
