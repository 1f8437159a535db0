import LinearAlgebra
import Models
import Synchronization

/// The state of an alternating least squares fit.
///
/// Before a side is solved, all vectors are turned to the eigenvectors of the other side's Gram matrix:
/// scores stay, and the part of each row's system that all rows share becomes diagonal (``RidgeRows``).
struct LeastSquaresTrainer {
  private let settings: LeastSquaresSettings
  private let threads: Int?
  private let userRows: RidgeRows
  private let itemRows: RidgeRows
  private let popularity: [Float]
  private(set) var users: FactorTable
  private(set) var items: FactorTable

  init(
    _ feedback: Feedback, _ settings: LeastSquaresSettings, seed: UInt64, threads: Int?
  ) throws {
    guard feedback.pairCount > 0 else {
      throw RecommenderError(.unsuitableData, "there is no interaction to learn from")
    }
    self.settings = settings
    self.threads = threads
    userRows = settings.rows(feedback.byUser)
    itemRows = settings.rows(feedback.byItem)
    popularity = (0..<feedback.itemCount).map { Float(feedback.byItem.range($0).count) }
    users = FactorTable(count: feedback.userCount, factors: settings.factors)
    items = FactorTable(
      count: feedback.itemCount, factors: settings.factors, deviation: 0.1, seed: seed)
  }

  /// Solves users, then items.
  mutating func runEpoch() throws {
    let userDiagonal = try Self.turn(&items, &users, settings, threads)
    try solve(userRows, diagonal: userDiagonal, fixed: items, solved: &users)
    let itemDiagonal = try Self.turn(&users, &items, settings, threads)
    try solve(itemRows, diagonal: itemDiagonal, fixed: users, solved: &items)
  }

  /// Turns both tables to the axes of the fixed one's Gram matrix.
  ///
  /// - Returns: α times its eigenvalues.
  private static func turn(
    _ fixed: inout FactorTable, _ solved: inout FactorTable, _ settings: LeastSquaresSettings,
    _ threads: Int?
  ) throws -> [Float] {
    guard let eigen = SymmetricEigen(fixed.gram(threads: threads)) else {
      throw RecommenderError(.numericFailure, "the vectors ran away: more regularisation is needed")
    }
    fixed.turn(by: eigen.vectors, threads: threads)
    solved.turn(by: eigen.vectors, threads: threads)
    return eigen.values.map { settings.unobserved * max(0, $0) }
  }

  private func solve(
    _ rows: RidgeRows, diagonal: [Float], fixed: FactorTable, solved: inout FactorTable
  ) throws {
    let width = fixed.width
    let solver = settings.solver
    let failures = Atomic<Int>(0)
    solved.matrix.withUnsafeMutableValues { solutions in
      fixed.matrix.withUnsafeValues { vectors in
        diagonal.withUnsafeBufferPointer { diagonal in
          guard let solutions = solutions.baseAddress, let vectors = vectors.baseAddress,
            let diagonal = diagonal.baseAddress
          else { return }
          // Each thread writes only the rows that it was handed; the rest is only read.
          nonisolated(unsafe) let (target, source, shared) = (solutions, vectors, diagonal)
          ParallelRows(threads: threads, blockSize: 64).run(count: rows.count) { _, range in
            switch solver {
            case .gradient(let steps):
              rows.descend(
                range, steps: steps, vectors: source, width: width, diagonal: shared,
                solutions: target)
            case .cholesky:
              for row in range
              where !rows.solve(
                row, vectors: source, width: width, diagonal: shared,
                solution: target + row * width)
              { failures.add(1, ordering: .relaxed) }
            case .blocks(let size):
              for row in range
              where !rows.improve(
                row, block: size, vectors: source, width: width, diagonal: shared,
                solution: target + row * width)
              { failures.add(1, ordering: .relaxed) }
            }
          }
        }
      }
    }
    guard failures.load(ordering: .relaxed) == 0 else {
      throw RecommenderError(.numericFailure, "a least squares system cannot be solved")
    }
  }

  /// What is learned so far.
  func model(found: [String: SettingValue]) -> LeastSquaresModel {
    // The diagonal of the items that were just solved; the users' vectors serve as they are.
    var (turned, users) = (items, users)
    let diagonal =
      (try? Self.turn(&turned, &users, settings, threads))
      ?? [Float](repeating: 0, count: turned.width)
    return LeastSquaresModel(
      settings: settings, users: users, items: turned, diagonal: diagonal, popularity: popularity,
      found: found)
  }

  /// The loss that the fit makes small; O(pairs · factors + (users + items) · factors²).
  func loss(_ feedback: Feedback) -> Double {
    var loss = 0.0
    for user in 0..<feedback.userCount {
      let vector = users.matrix.row(user)
      for item in feedback.byUser.columns(ofRow: user) {
        let product = zip(vector, items.matrix.row(Int(item))).reduce(0) { $0 + $1.0 * $1.1 }
        loss += Double((1 - product) * (1 - product))
      }
    }
    let grams = zip(users.gram(threads: threads).values, items.gram(threads: threads).values)
    loss += Double(settings.unobserved) * grams.reduce(0) { $0 + Double($1.0) * Double($1.1) }
    for (rows, table) in [(userRows, users), (itemRows, items)] {
      for row in 0..<rows.count {
        let length = table.matrix.row(row).reduce(0) { $0 + Double($1 * $1) }
        loss += Double(rows.strength(row)) * length
      }
    }
    return loss
  }
}

extension LeastSquaresSettings {
  /// A side's systems.
  func rows(_ matrix: SparseRows) -> RidgeRows {
    let isWeighted = !matrix.values.allSatisfy { $0 == 1 }
    return RidgeRows(
      starts: matrix.starts, columns: matrix.columns, weights: isWeighted ? matrix.values : nil,
      strengths: (0..<matrix.rowCount).map { row in
        strength(
          taken: matrix.values[matrix.range(row)].reduce(0, +), opposite: matrix.columnCount)
      })
  }
}
