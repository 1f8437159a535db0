internal import CKernels

/// Many small ridge regressions over shared vectors, solved by conjugate gradients.
///
/// Row r of a sparse matrix asks for the x that makes
/// `Σ w (1 - y·x)² + Σₖ (diagonal[k] + strengths[r]) x[k]²` least, over its entries' weights w and their
/// columns' vectors y. A dense quadratic form that all rows share is made diagonal by turning the vectors to
/// its eigenvectors first; that diagonal is the preconditioner too, and as the rest has the rank of the row's
/// entries, two or three steps come as near as five or more without it.
public struct RidgeRows: Sendable {
  /// Vectors are filled up with zeros to a multiple of this.
  public static let widthStep = 16

  let starts: [Int]
  let columns: [Int32]
  let weights: [Float]?
  let strengths: [Float]

  /// The rows' entries.
  ///
  /// - Parameters:
  ///   - starts: row r has the entries `starts[r] ..< starts[r + 1]`.
  ///   - columns: of each entry: the row of its vector.
  ///   - weights: of each entry, above 0; nil: all 1.
  ///   - strengths: one a row, at least 0; above 0 with each value of the diagonal.
  public init(starts: [Int], columns: [Int32], weights: [Float]? = nil, strengths: [Float]) {
    self.starts = starts
    self.columns = columns
    self.weights = weights
    self.strengths = strengths
  }

  /// Number of rows.
  public var count: Int { strengths.count }

  /// What is added to the shared diagonal for a row.
  public func strength(_ row: Int) -> Float { strengths[row] }

  /// The least width for vectors of so many values.
  public static func width(of count: Int) -> Int {
    (max(1, count) + widthStep - 1) / widthStep * widthStep
  }

  /// Improves the solutions of some rows.
  ///
  /// O(steps · entries · width). Rows are solved each by itself: any division among threads gives the same.
  ///
  /// - Parameters:
  ///   - vectors: `width` values each.
  ///   - width: a multiple of ``widthStep``.
  ///   - diagonal: `width` values of the shared quadratic form.
  ///   - solutions: all rows' solutions, `width` values each: where to start, then what was reached.
  public func descend(
    _ rows: Range<Int>, steps: Int, vectors: UnsafePointer<Float>, width: Int,
    diagonal: UnsafePointer<Float>, solutions: UnsafeMutablePointer<Float>
  ) {
    starts.withUnsafeBufferPointer { starts in
      columns.withUnsafeBufferPointer { columns in
        strengths.withUnsafeBufferPointer { strengths in
          guard !rows.isEmpty, let starts = starts.baseAddress, let columns = columns.baseAddress,
            let strengths = strengths.baseAddress
          else {
            for row in rows { (solutions + row * width).update(repeating: 0, count: width) }
            return
          }
          withUnsafeTemporaryAllocation(
            byteCount: 3 * width * MemoryLayout<Float>.stride, alignment: 64
          ) { scratch in
            let scratch = scratch.bindMemory(to: Float.self)
            guard let scratch = scratch.baseAddress else { return }
            func run(_ weights: UnsafePointer<Float>?) {
              var ridge = ckernels_ridge(
                vectors: vectors, width: width, starts: starts, columns: columns, weights: weights,
                diagonal: diagonal, strengths: strengths)
              ckernels_ridge_descend(
                &ridge, rows.lowerBound, rows.upperBound, steps, solutions, scratch)
            }
            if let weights {
              weights.withUnsafeBufferPointer { run($0.baseAddress) }
            } else {
              run(nil)
            }
          }
        }
      }
    }
  }
}
