internal import COpenBLAS

/// Eigenvalues and eigenvectors of a symmetric matrix, by LAPACK's `ssyev`.
public struct SymmetricEigen: Sendable {
  /// Largest first.
  public let values: [Float]
  /// A row a vector, in the order of ``values``; each of length 1, its largest component positive, so that
  /// the signs are the same everywhere.
  public let vectors: Matrix

  /// Takes a symmetric matrix apart; its upper triangle is read.
  ///
  /// - Returns: nil when the matrix is not square, holds a non-finite value, or the iteration does not end.
  /// - Complexity: O(size³).
  public init?(_ matrix: Matrix) {
    let size = matrix.rows
    guard matrix.columns == size, matrix.values.allSatisfy(\.isFinite) else { return nil }
    guard size > 0 else {
      values = []
      vectors = Matrix(rows: 0, columns: 0)
      return
    }
    var vectors = matrix.values
    var values = [Float](repeating: 0, count: size)
    var work = [Float](repeating: 0, count: max(64 * size, 3 * size))
    var (order, workCount, info) = (Int32(size), Int32(work.count), Int32(0))
    var wanted = CChar(bitPattern: UInt8(ascii: "V"))
    // A row-major upper triangle is a column-major lower one; columns come back as our rows.
    var triangle = CChar(bitPattern: UInt8(ascii: "L"))
    ssyev_(&wanted, &triangle, &order, &vectors, &order, &values, &work, &workCount, &info)
    guard info == 0 else { return nil }
    var sorted: [Float] = []
    sorted.reserveCapacity(size * size)
    for row in (0..<size).reversed() {
      let vector = vectors[row * size..<(row + 1) * size]
      let largest = vector.max { abs($0) < abs($1) } ?? 0
      sorted += largest < 0 ? vector.map { -$0 } : Array(vector)
    }
    guard let made = Matrix(rows: size, columns: size, values: sorted) else { return nil }
    self.values = values.reversed()
    self.vectors = made
  }
}
