internal import COpenBLAS

/// Dense kernels on row-major 32-bit floats: OpenBLAS, one thread each.
///
/// Parallelism is ours (``ParallelRows``): OpenBLAS's own pool would fight with it for the cores. Callers
/// answer for the extents of the memory behind the pointers. Each kernel has a plain reference in the
/// tests.
public enum Kernels {
  /// Done once, before the first kernel runs.
  static let isConfigured: Bool = {
    openblas_set_num_threads(1)
    return true
  }()

  /// Sum of products of two vectors. O(count).
  public static func dot(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, count: Int
  ) -> Float {
    _ = isConfigured
    return cblas_sdot(Int32(count), left, 1, right, 1)
  }

  /// `target += scale * source`. O(count).
  public static func add(
    _ source: UnsafePointer<Float>, scale: Float, to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    _ = isConfigured
    cblas_saxpy(Int32(count), scale, source, 1, target, 1)
  }

  /// `vector *= factor`. O(count).
  public static func scale(_ vector: UnsafeMutablePointer<Float>, by factor: Float, count: Int) {
    _ = isConfigured
    cblas_sscal(Int32(count), factor, vector, 1)
  }

  /// `result = matrix * vector`: the dot product of the vector with each row. O(rows * columns).
  public static func multiply(
    _ matrix: UnsafePointer<Float>, rows: Int, columns: Int, vector: UnsafePointer<Float>,
    into result: UnsafeMutablePointer<Float>
  ) {
    _ = isConfigured
    cblas_sgemv(
      CblasRowMajor, CblasNoTrans, Int32(rows), Int32(columns), 1, matrix, Int32(columns), vector,
      1, 0, result, 1)
  }

  /// `result = scale * transpose(matrix) * vector + keeping * result`. O(rows * columns).
  public static func multiplyTransposed(
    _ matrix: UnsafePointer<Float>, rows: Int, columns: Int, vector: UnsafePointer<Float>,
    scale: Float = 1, keeping: Float = 0, into result: UnsafeMutablePointer<Float>
  ) {
    _ = isConfigured
    cblas_sgemv(
      CblasRowMajor, CblasTrans, Int32(rows), Int32(columns), scale, matrix, Int32(columns),
      vector, 1, keeping, result, 1)
  }

  /// `result = left * transpose(right)`: all dot products of the rows of two matrices.
  ///
  /// `result` has `leftRows` rows and `rightRows` columns. O(leftRows * rightRows * columns).
  public static func multiplyByTransposed(
    _ left: UnsafePointer<Float>, leftRows: Int, _ right: UnsafePointer<Float>, rightRows: Int,
    columns: Int, into result: UnsafeMutablePointer<Float>
  ) {
    _ = isConfigured
    guard leftRows > 0, rightRows > 0 else { return }
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(leftRows), Int32(rightRows), Int32(columns),
      1, left, Int32(columns), right, Int32(columns), 0, result, Int32(rightRows))
  }

  /// `result = left * right`, of `leftRows × inner` and `inner × rightColumns`.
  ///
  /// O(leftRows * inner * rightColumns).
  public static func multiply(
    _ left: UnsafePointer<Float>, leftRows: Int, inner: Int, _ right: UnsafePointer<Float>,
    rightColumns: Int, into result: UnsafeMutablePointer<Float>
  ) {
    _ = isConfigured
    guard leftRows > 0, rightColumns > 0 else { return }
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(leftRows), Int32(rightColumns),
      Int32(inner), 1, left, Int32(inner), right, Int32(rightColumns), 0, result,
      Int32(rightColumns))
  }

  /// `result = scale * transpose(matrix) * matrix + keeping * result`, upper triangle only.
  ///
  /// O(rows * columns²), half of a general product.
  public static func gram(
    _ matrix: UnsafePointer<Float>, rows: Int, columns: Int, scale: Float, keeping: Float,
    into result: UnsafeMutablePointer<Float>
  ) {
    _ = isConfigured
    cblas_ssyrk(
      CblasRowMajor, CblasUpper, CblasTrans, Int32(columns), Int32(rows), scale, matrix,
      Int32(columns), keeping, result, Int32(columns))
  }

  /// Copies the upper triangle of a square matrix to the lower one. O(size²).
  public static func mirrorUpper(_ matrix: UnsafeMutablePointer<Float>, size: Int) {
    for row in 0..<size {
      for column in (row + 1)..<max(size, row + 1) {
        matrix[column * size + row] = matrix[row * size + column]
      }
    }
  }

  /// Replaces the upper triangle of a symmetric positive definite matrix by its Cholesky factor.
  ///
  /// - Returns: false when the matrix is not positive definite (or holds a non-finite value); the
  ///   matrix is spoilt then.
  public static func factorize(_ matrix: UnsafeMutablePointer<Float>, size: Int) -> Bool {
    _ = isConfigured
    guard size > 0 else { return true }
    let columns = size
    // A row-major upper triangle is a column-major lower one.
    var (size, info, triangle) = (Int32(size), Int32(0), CChar(bitPattern: UInt8(ascii: "L")))
    spotrf_(&triangle, &size, matrix, &size, &info)
    // OpenBLAS lets NaN through; it always shows on the diagonal.
    return info == 0 && (0..<columns).allSatisfy { matrix[$0 * (columns + 1)].isFinite }
  }

  /// Solves `matrix * x = b` in place for each of `count` right-hand sides, one after the other in
  /// memory, given the factor that ``factorize(_:size:)`` made. O(count * size²).
  public static func solve(
    _ factor: UnsafePointer<Float>, size: Int, rightHandSides: UnsafeMutablePointer<Float>,
    count: Int = 1
  ) {
    guard size > 0, count > 0 else { return }
    var (size, count, info) = (Int32(size), Int32(count), Int32(0))
    var triangle = CChar(bitPattern: UInt8(ascii: "L"))
    spotrs_(&triangle, &size, &count, factor, &size, rightHandSides, &size, &info)
  }
}
