internal import CVectors
import LinearAlgebra

/// The rows of a matrix in 8 bits a value, with bounds on what that costs: a search reads a quarter of the memory, and
/// then the full rows of those few that may be among the best.
// Sendable by hand: nothing changes the memory after it was filled.
final class CodedRows: @unchecked Sendable {
  private let codes: UnsafeMutablePointer<UInt8>
  /// Scales, lengths and what is left out, one after the other.
  private let columns: UnsafeMutablePointer<Float>
  private let rows: Int
  private let dimensions: Int
  /// Rows, filled up.
  let paddedRows: Int
  /// Memory of the codes.
  let byteCount: Int

  /// Codes of a matrix; nil where bounds would not hold (a value is not finite, or far too large or small).
  init?(_ matrix: Matrix) {
    (rows, dimensions) = (matrix.rows, matrix.columns)
    paddedRows = (rows + 15) / 16 * 16
    let codeBytes = paddedRows * cvectors_coded_dimensions(dimensions)
    byteCount = codeBytes + paddedRows * 12
    codes = .allocate(capacity: max(1, codeBytes))
    columns = .allocate(capacity: max(1, 3 * paddedRows))
    let holds = matrix.withUnsafeValues { values in
      guard let values = values.baseAddress else { return false }
      return cvectors_code(
        values, rows, dimensions, codes, columns, columns + paddedRows, columns + 2 * paddedRows)
        != 0
    }
    guard holds else { return nil }
  }

  deinit {
    codes.deallocate()
    columns.deallocate()
  }

  /// Whether this machine reads codes faster than the matrix itself.
  static var pay: Bool { cvectors_codes_pay() != 0 }

  /// Bounds of the query's product with each row.
  ///
  /// - Parameters:
  ///   - lower: room for ``paddedRows``, as are those above.
  /// - Returns: whether there are any; the query may be too large or too small for them.
  func bounds(
    _ query: [Float], lower: UnsafeMutablePointer<Float>, upper: UnsafeMutablePointer<Float>
  ) -> Bool {
    var coded = cvectors_coded(
      codes: codes, scales: columns, lengths: columns + paddedRows,
      left_out: columns + 2 * paddedRows, rows: rows, dimensions: dimensions)
    return withUnsafeTemporaryAllocation(
      of: Int8.self, capacity: cvectors_coded_dimensions(dimensions)
    ) { scratch in
      guard let scratch = scratch.baseAddress else { return false }
      return cvectors_bounds(&coded, query, scratch, lower, upper) != 0
    }
  }
}
