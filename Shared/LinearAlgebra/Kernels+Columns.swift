internal import COpenBLAS

extension Kernels {
  /// `result = transpose(left) * right`, of matrices of as many rows, the left one being columns of a wider
  /// matrix.
  ///
  /// `result` has `leftColumns` rows and `rightColumns` columns. O(rows * leftColumns * rightColumns).
  ///
  /// - Parameter leftStride: from a row of `left` to the next, at least `leftColumns`.
  public static func multiplyTransposed(
    _ left: UnsafePointer<Float>, rows: Int, leftColumns: Int, leftStride: Int,
    _ right: UnsafePointer<Float>, rightColumns: Int, into result: UnsafeMutablePointer<Float>
  ) {
    _ = isConfigured
    guard leftColumns > 0, rightColumns > 0 else { return }
    cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, Int32(leftColumns), Int32(rightColumns),
      Int32(rows), 1, left, Int32(leftStride), right, Int32(rightColumns), 0, result,
      Int32(rightColumns))
  }
}
