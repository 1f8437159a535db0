import Foundation
import LinearAlgebra
import RecommendationCore

/// Vectors of users or items, filled up with zeros to a width that the kernels like.
struct FactorTable: Sendable {
  /// A row a vector, ``width`` values each.
  var matrix: Matrix

  /// Length of a row: the number of factors, filled up.
  var width: Int { matrix.columns }
  /// Number of vectors.
  var count: Int { matrix.rows }

  /// Vectors of zeros.
  init(count: Int, factors: Int) {
    matrix = Matrix(rows: count, columns: RidgeRows.width(of: factors))
  }

  /// Normally distributed vectors of expected length `deviation` (Box, Muller 1958).
  init(count: Int, factors: Int, deviation: Float, seed: UInt64) {
    self.init(count: count, factors: factors)
    var generator = SeededGenerator(seed: seed)
    let width = width
    let scale = deviation / Float(max(1, factors)).squareRoot()
    matrix.withUnsafeMutableValues { values in
      for row in 0..<count {
        for index in 0..<factors {
          let length = (-2 * log(1 - Float.random(in: 0..<1, using: &generator))).squareRoot()
          let angle = 2 * Float.pi * Float.random(in: 0..<1, using: &generator)
          values[row * width + index] = scale * length * cos(angle)
        }
      }
    }
  }

  /// `Σ x xᵀ` over all vectors, on several threads; the same for any number of them.
  func gram(threads: Int?) -> Matrix {
    // As many parts for any number of threads, each summed by itself: the order of additions stays.
    let parts = min(8, max(1, count / 256))
    let (width, count) = (width, count)
    var sums = [Float](repeating: 0, count: parts * width * width)
    matrix.withUnsafeValues { values in
      sums.withUnsafeMutableBufferPointer { sums in
        guard let vectors = values.baseAddress, let sums = sums.baseAddress else { return }
        // Each part is written by the thread that it was handed to.
        nonisolated(unsafe) let (source, target) = (vectors, sums)
        ParallelRows(threads: threads, blockSize: 1).run(count: parts) { _, range in
          for part in range {
            let rows = (part * count / parts)..<((part + 1) * count / parts)
            Kernels.gram(
              source + rows.lowerBound * width, rows: rows.count, columns: width, scale: 1,
              keeping: 0, into: target + part * width * width)
          }
        }
      }
    }
    var result = Matrix(rows: width, columns: width)
    result.withUnsafeMutableValues { target in
      guard let start = target.baseAddress else { return }
      sums.withUnsafeBufferPointer { sums in
        guard let sums = sums.baseAddress else { return }
        for part in 0..<parts {
          Kernels.add(sums + part * width * width, scale: 1, to: start, count: width * width)
        }
      }
      Kernels.mirrorUpper(start, size: width)
    }
    return result
  }

  /// Multiplies each vector by a square matrix, whose rows become the new axes.
  mutating func turn(by axes: Matrix, threads: Int?) {
    let (width, count) = (width, count)
    matrix.withUnsafeMutableValues { values in
      axes.withUnsafeValues { axes in
        guard let values = values.baseAddress, let axes = axes.baseAddress else { return }
        // Each thread writes only the rows that it was handed.
        nonisolated(unsafe) let (vectors, turned) = (values, axes)
        ParallelRows(threads: threads, blockSize: 256).run(count: count) { _, rows in
          withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.count * width) { room in
            guard let room = room.baseAddress else { return }
            let start = vectors + rows.lowerBound * width
            Kernels.multiplyByTransposed(
              start, leftRows: rows.count, turned, rightRows: width, columns: width, into: room)
            start.update(from: room, count: rows.count * width)
          }
        }
      }
    }
  }

  /// Writes the products of vectors with all of this table's vectors, row by row.
  ///
  /// - Parameter vectors: `count` vectors of ``width`` values.
  func products(
    with vectors: UnsafePointer<Float>, count: Int, into scores: UnsafeMutablePointer<Float>
  ) {
    matrix.withUnsafeValues { values in
      guard let values = values.baseAddress else { return }
      if count < 4 {
        // A product of matrices would first copy the whole table to its own order.
        for place in 0..<count {
          Kernels.multiply(
            values, rows: self.count, columns: width, vector: vectors + place * width,
            into: scores + place * self.count)
        }
        return
      }
      Kernels.multiplyByTransposed(
        vectors, leftRows: count, values, rightRows: self.count, columns: width, into: scores)
    }
  }
}
