/// A dense row-major matrix of 32-bit floats.
public struct Matrix: Sendable, Equatable {
  /// Number of rows.
  public let rows: Int
  /// Number of columns.
  public let columns: Int
  /// `rows * columns` values, row by row.
  public private(set) var values: [Float]

  /// A matrix of one value throughout.
  public init(rows: Int, columns: Int, repeating value: Float = 0) {
    self.rows = rows
    self.columns = columns
    values = [Float](repeating: value, count: rows * columns)
  }

  /// A matrix of given values, row by row.
  ///
  /// - Returns: nil when there are not `rows * columns` of them.
  public init?(rows: Int, columns: Int, values: [Float]) {
    guard rows >= 0, columns >= 0, values.count == rows * columns else { return nil }
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// The value of a row and column.
  public subscript(row: Int, column: Int) -> Float {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// A row's values.
  public func row(_ row: Int) -> ArraySlice<Float> {
    values[(row * columns)..<((row + 1) * columns)]
  }

  /// Lends all values, row by row.
  public func withUnsafeValues<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try values.withUnsafeBufferPointer(body)
  }

  /// Lends all values for writing, row by row.
  public mutating func withUnsafeMutableValues<Result, Failure: Error>(
    _ body: (inout UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try values.withUnsafeMutableBufferPointer(body)
  }

  /// This matrix with each row divided by its Euclidean length; rows of zeros and rows that hold a
  /// non-finite value become zeros.
  public func rowsNormalized() -> Matrix {
    var result = self
    let width = columns
    guard width > 0 else { return result }
    result.withUnsafeMutableValues { values in
      guard let base = values.baseAddress else { return }
      for row in 0..<rows {
        let start = base + row * width
        let length = Kernels.dot(start, start, count: width).squareRoot()
        let scale: Float = length > 0 && length.isFinite ? 1 / length : 0
        for column in 0..<width { start[column] = scale == 0 ? 0 : start[column] * scale }
      }
    }
    return result
  }

  /// This matrix with each value multiplied.
  public func scaled(by factor: Float) -> Matrix {
    var result = self
    result.withUnsafeMutableValues { values in
      guard let start = values.baseAddress else { return }
      Kernels.scale(start, by: factor, count: values.count)
    }
    return result
  }

  /// `transpose(self) * self`, the Gram matrix of the columns.
  public func gram() -> Matrix {
    var result = Matrix(rows: columns, columns: columns)
    let (rows, columns) = (rows, columns)
    result.withUnsafeMutableValues { target in
      withUnsafeValues { source in
        guard let target = target.baseAddress, let source = source.baseAddress else { return }
        Kernels.gram(source, rows: rows, columns: columns, scale: 1, keeping: 0, into: target)
        Kernels.mirrorUpper(target, size: columns)
      }
    }
    return result
  }
}
