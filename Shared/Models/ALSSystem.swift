import LinearAlgebra

/// The normal equations of one user (or item), in scratch memory that serves many.
///
/// With observed weights w_j, vectors y_j, and G the Gram matrix of all vectors of the other side:
/// A = α0 G + Σ w_j y_j y_jᵀ + λ' I, b = Σ w_j y_j, x = A⁻¹ b (Hu, Koren, Volinsky 2008; the weights as
/// Rendle et al. 2022). Training, fold-in and contributions all solve this same system by this same
/// code.
///
/// Not Sendable: one a thread.
final class ALSSystem {
  let factors: Int
  /// A, later its Cholesky factor: `factors * factors`.
  let matrix: UnsafeMutablePointer<Float>
  /// b, later x: `factors`.
  let solution: UnsafeMutablePointer<Float>
  private let gathered: UnsafeMutablePointer<Float>
  private let roots: UnsafeMutablePointer<Float>
  /// Rows gathered at once.
  private let chunk: Int
  /// About what the second-level cache holds.
  private static let largestChunk = 512

  /// - Parameter entries: how many rows are observed at most, where that is known: a history needs less room.
  init(factors: Int, entries: Int = ALSSystem.largestChunk) {
    self.factors = factors
    chunk = max(1, min(entries, Self.largestChunk))
    matrix = .allocate(capacity: factors * factors)
    solution = .allocate(capacity: factors)
    gathered = .allocate(capacity: chunk * factors)
    roots = .allocate(capacity: chunk)
  }

  deinit {
    matrix.deallocate()
    solution.deallocate()
    gathered.deallocate()
    roots.deallocate()
  }

  /// Sets up A and b and factorizes A.
  ///
  /// - Parameters:
  ///   - base: α0 G, upper triangle at least.
  ///   - vectors: all vectors of the other side, row-major.
  ///   - rows: which of them are observed.
  ///   - weights: the weight of each; all positive.
  ///   - oppositeCount: number of all vectors of the other side.
  /// - Returns: false when A is not positive definite.
  func prepare(
    base: UnsafePointer<Float>, vectors: UnsafePointer<Float>, rows: UnsafeBufferPointer<Int32>,
    weights: UnsafeBufferPointer<Float>, oppositeCount: Int, configuration: ALSConfiguration
  ) -> Bool {
    matrix.update(from: base, count: factors * factors)
    solution.update(repeating: 0, count: factors)
    var weightSum: Float = 0
    var start = 0
    while start < rows.count {
      let count = min(chunk, rows.count - start)
      for index in 0..<count {
        let weight = weights[start + index]
        let root = weight.squareRoot()
        weightSum += weight
        roots[index] = root
        let target = gathered + index * factors
        target.update(from: vectors + Int(rows[start + index]) * factors, count: factors)
        if weight != 1 { Kernels.scale(target, by: root, count: factors) }
      }
      Kernels.gram(
        gathered, rows: count, columns: factors, scale: 1, keeping: 1, into: matrix)
      Kernels.multiplyTransposed(
        gathered, rows: count, columns: factors, vector: roots, keeping: 1, into: solution)
      start += count
    }
    let regularization = configuration.regularization(
      weightSum: weightSum, oppositeCount: oppositeCount)
    for index in 0..<factors { matrix[index * (factors + 1)] += regularization }
    return Kernels.factorize(matrix, size: factors)
  }

  /// Turns b into x, after ``prepare(base:vectors:rows:weights:oppositeCount:configuration:)``.
  func solve() { Kernels.solve(matrix, size: factors, rightHandSides: solution) }
}

extension ALSSystem {
  /// Solves a range of rows for fixed vectors of the other side.
  ///
  /// - Returns: how many rows could not be solved; these are left as they were.
  func solve(
    _ rows: SparseRows, _ range: Range<Int>, base: Matrix, fixed: Matrix,
    into target: UnsafeMutableBufferPointer<Float>, configuration: ALSConfiguration
  ) -> Int {
    var failures = 0
    base.withUnsafeValues { base in
      fixed.withUnsafeValues { fixedValues in
        rows.columns.withUnsafeBufferPointer { columns in
          rows.values.withUnsafeBufferPointer { weights in
            guard let base = base.baseAddress, let vectors = fixedValues.baseAddress,
              let target = target.baseAddress
            else { return }
            for row in range {
              let entries = rows.range(row)
              let isSolvable = prepare(
                base: base, vectors: vectors,
                rows: UnsafeBufferPointer(rebasing: columns[entries]),
                weights: UnsafeBufferPointer(rebasing: weights[entries]),
                oppositeCount: fixed.rows, configuration: configuration)
              guard isSolvable else {
                failures += 1
                continue
              }
              solve()
              (target + row * factors).update(from: solution, count: factors)
            }
          }
        }
      }
    }
    return failures
  }
}
