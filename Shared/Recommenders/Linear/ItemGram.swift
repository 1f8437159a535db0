import Foundation
import LinearAlgebra
import Models

/// How often pairs of items were taken by the same user, and what is added to it.
enum ItemGram {
  /// Weight of each user: a user of n items counts n to minus the exponent, all times a factor that leaves
  /// the sum of all entries' weights as it is, so that a regularization means the same.
  static func userWeights(_ byUser: SparseRows, exponent: Float) -> [Float] {
    let counts = (0..<byUser.rowCount).map { Float(byUser.range($0).count) }
    let raw = counts.map { powf(max(1, $0), -exponent) }
    let sum = zip(counts, raw).reduce(Float(0)) { $0 + $1.0 * $1.1 }
    let scale = sum > 0 ? Float(byUser.columns.count) / sum : 1
    return raw.map { $0 * scale }
  }

  /// Adds `scale * transpose(X) * W * X`, the whole of it, to a square matrix. O(Σ over users of entries²),
  /// on all cores.
  static func add(
    _ feedback: Feedback, userWeights: [Float], scale: Float, to matrix: inout Matrix, threads: Int?
  ) {
    let (byUser, byItem, size) = (feedback.byUser, feedback.byItem, feedback.itemCount)
    matrix.withUnsafeMutableValues { values in
      guard let start = values.baseAddress else { return }
      // Safe: threads write to rows of their own.
      nonisolated(unsafe) let base = start
      ParallelRows(threads: threads, blockSize: 16).run(count: size) { _, rows in
        byUser.columns.withUnsafeBufferPointer { columns in
          for item in rows {
            let row = base + item * size
            for user in byItem.columns(ofRow: item) {
              let weight = scale * userWeights[Int(user)]
              for entry in byUser.range(Int(user)) { row[Int(columns[entry])] += weight }
            }
          }
        }
      }
    }
  }

  /// What is added to the diagonal: `regularization * (n / mean n) ^ exponent` for an item of n users.
  static func penalties(
    _ feedback: Feedback, regularization: Float, exponent: Float
  ) -> [Float] {
    let counts = (0..<feedback.itemCount).map { Float(max(1, feedback.byItem.range($0).count)) }
    let mean = max(1, Float(feedback.pairCount) / Float(max(1, feedback.itemCount)))
    return counts.map { regularization * powf($0 / mean, exponent) }
  }

  /// Why a dense inverse is out of reach; nil when it is not.
  static func obstacle(_ shape: DataShape, matrices: Double) -> String? {
    let items = Double(shape.items)
    let bytes = matrices * items * items * 4
    let memory = Double(ProcessInfo.processInfo.physicalMemory)
    if bytes > memory / 2 {
      return "\(shape.items) items: a matrix between items takes more than half of the memory"
    }
    // Products a second of a core, low: single precision through OpenBLAS.
    let seconds =
      items * items * items / 4e10 / Double(ProcessInfo.processInfo.activeProcessorCount)
    if seconds > 900 {
      return "\(shape.items) items: the inverse of a matrix between items takes too long"
    }
    return nil
  }

  /// Replaces a matrix between items by its inverse, telling the context.
  static func invert(_ matrix: inout Matrix, context: FitContext) throws {
    let size = matrix.rows
    let isDone = matrix.withUnsafeMutableValues { values in
      values.baseAddress.map {
        SymmetricInverse.invert($0, size: size, threads: context.threads) { share in
          context.progress(FitProgress(pass: Int(share * 100), passes: 100))
          return !context.shouldStop
        }
      } ?? true
    }
    guard isDone else {
      throw context.shouldStop
        ? RecommenderError(
          .outOfTime, "the time ended before the matrix between items was inverted")
        : RecommenderError(
          .numericFailure, "the matrix between items has no inverse: regularize more")
    }
  }
}
