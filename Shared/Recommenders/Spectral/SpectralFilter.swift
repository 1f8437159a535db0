import Foundation
import LinearAlgebra
import Models

/// What a history is multiplied by: `weight · P + left · transpose(right)`.
///
/// The sharpening s(P) is known exactly on the leading singular vectors. On what they leave, whose
/// frequencies are close together, it is one factor.
struct SpectralFilter: Sendable {
  /// Weight of the smoothing.
  let weight: Float
  /// A row an item of the history, a column a direction.
  let left: Matrix
  /// A row an item that is scored, a column a direction.
  let right: Matrix

  init(
    _ decomposition: TruncatedSVD, normalized: SparseRows, transposed: SparseRows,
    popularity: [Float], ideal: Float, smoothing: Float, sharpening: Float, threads: Int?
  ) {
    let vectors = decomposition.rightVectors
    let (items, rank) = (vectors.rows, vectors.columns)
    let frequencies = decomposition.values.map { $0 * $0 }
    // All frequencies are measured by the largest, which the usual powers of the degrees make 1.
    let top = max(frequencies.first ?? 1, .leastNormalMagnitude)
    let time = sharpening / top
    let rest = Self.response(sharpening * (frequencies.last ?? 0) / top / 2)
    weight = smoothing * rest
    let bends = frequencies.map { smoothing * $0 * (Self.response($0 * time) - rest) }
    let hasBends = sharpening > 0 && smoothing > 0
    let hasIdeal = ideal > 0
    let width = (hasIdeal ? rank : 0) + (hasBends ? rank : 0)
    var left = Matrix(rows: items, columns: width)
    var right = Matrix(rows: items, columns: width)
    // Both parts are measured alike: the smoothing's largest frequency is the top one.
    let scale = ideal * top
    if hasIdeal {
      var sharpened = Matrix(rows: items, columns: rank)
      for item in 0..<items {
        for column in 0..<rank {
          left[item, column] = vectors[item, column] / popularity[item]
          sharpened[item, column] = scale * vectors[item, column] * popularity[item]
        }
      }
      if sharpening > 0 {
        sharpened = Self.sharpened(
          sharpened, normalized: normalized, transposed: transposed, time: time, threads: threads)
      }
      for item in 0..<items {
        for column in 0..<rank { right[item, column] = sharpened[item, column] }
      }
    }
    if hasBends {
      for item in 0..<items {
        for column in 0..<rank {
          left[item, width - rank + column] = vectors[item, column]
          right[item, width - rank + column] = bends[column] * vectors[item, column]
        }
      }
    }
    self.left = left
    self.right = right
  }

  /// exp(-x) as one step of the classic rule of Runge and Kutta makes it: 1 - x + x²/2 - x³/6 + x⁴/24.
  /// Stable up to x = 2.78.
  static func response(_ x: Float) -> Float {
    1 - x * (1 - x / 2 * (1 - x / 3 * (1 - x / 4)))
  }

  /// `s(P) * matrix`.
  private static func sharpened(
    _ matrix: Matrix, normalized: SparseRows, transposed: SparseRows, time: Float, threads: Int?
  ) -> Matrix {
    let width = matrix.columns
    var users = Matrix(rows: normalized.rowCount, columns: width)
    var result = matrix
    // Horner's scheme: the innermost bracket first.
    for divisor in stride(from: Float(4), through: 1, by: -1) {
      var next = Matrix(rows: matrix.rows, columns: width)
      users.withUnsafeMutableValues { users in
        next.withUnsafeMutableValues { next in
          result.withUnsafeValues { result in
            matrix.withUnsafeValues { matrix in
              guard let users = users.baseAddress, let next = next.baseAddress,
                let result = result.baseAddress
              else { return }
              normalized.multiply(result, width: width, into: users, threads: threads)
              transposed.multiply(users, width: width, into: next, threads: threads)
              let factor = -time / divisor
              for place in matrix.indices { next[place] = matrix[place] + factor * next[place] }
            }
          }
        }
      }
      result = next
    }
    return result
  }
}
