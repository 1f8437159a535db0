internal import COpenBLAS

/// Kernels on blocks of larger matrices, given by their first value and the length of the whole row.
extension Kernels {
  /// `result += scale * transpose(left) * right`, of `inner × rows` and `inner × columns`.
  ///
  /// O(inner * rows * columns).
  public static func addProductOfTransposed(
    _ left: UnsafePointer<Float>, leftStride: Int, _ right: UnsafePointer<Float>, rightStride: Int,
    inner: Int, rows: Int, columns: Int, scale: Float, to result: UnsafeMutablePointer<Float>,
    resultStride: Int
  ) {
    _ = isConfigured
    guard rows > 0, columns > 0, inner > 0 else { return }
    cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(inner), scale,
      left, Int32(leftStride), right, Int32(rightStride), 1, result, Int32(resultStride))
  }

  /// `rows = rows * inverse(factor)`, where `factor` is the upper triangle that ``factorize(_:size:)`` made.
  ///
  /// O(count * size²).
  public static func divideRows(
    _ rows: UnsafeMutablePointer<Float>, count: Int, byUpper factor: UnsafePointer<Float>, size: Int
  ) {
    _ = isConfigured
    guard count > 0, size > 0 else { return }
    cblas_strsm(
      CblasRowMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit, Int32(count), Int32(size),
      1, factor, Int32(size), rows, Int32(size))
  }

  /// Replaces a symmetric positive definite matrix, of which the upper triangle is read, by its whole inverse.
  ///
  /// One thread; O(size³).
  ///
  /// - Returns: false when the matrix is not positive definite; it is spoilt then.
  public static func invert(_ matrix: UnsafeMutablePointer<Float>, size: Int) -> Bool {
    guard factorize(matrix, size: size) else { return false }
    guard size > 0 else { return true }
    var (order, info) = (Int32(size), Int32(0))
    var triangle = CChar(bitPattern: UInt8(ascii: "L"))
    spotri_(&triangle, &order, matrix, &order, &info)
    mirrorUpper(matrix, size: size)
    return info == 0
  }
}
