internal import CVectors
import LinearAlgebra
import RecommendationCore
import Synchronization

/// Centres of inverted lists: Lloyd's k-means on a sample, by squared distance.
///
/// Squared distance also where searches are by inner product: the lengths of the vectors then part lists of
/// long ones from lists of short ones, and a search passes the latter over.
struct Centroids {
  let count: Int
  let columns: Int
  private(set) var values: [Float]
  /// Half the squared length of each: x is nearest to the c with the largest `x·c - c·c / 2`.
  private(set) var penalties: [Float]

  /// Rows of which the products with all centres are held at once by a thread.
  private static let block = 64

  /// Trains centres. O(iterations · samples · count · columns), samples being 40 for each centre.
  ///
  /// The same vectors and seed give the same centres with any number of threads.
  init(
    _ vectors: Matrix, count: Int, iterations: Int, seed: UInt64, threads: Int
  ) {
    self.count = count
    columns = vectors.columns
    var generator = SeededGenerator(seed: seed)
    let sample = Self.sample(vectors, count: min(vectors.rows, 40 * count), &generator)
    values = Array(sample.values.prefix(count * vectors.columns))
    penalties = [Float](repeating: 0, count: count)
    measure()
    for _ in 0..<iterations {
      let nearest = nearest(sample, threads: threads)
      move(to: sample, nearest, &generator)
      measure()
    }
  }

  /// The centre nearest to each row. O(rows · count · columns).
  func nearest(_ vectors: Matrix, threads: Int) -> [Int32] {
    var result = [Int32](repeating: 0, count: vectors.rows)
    let splitter = ParallelRows(threads: threads, blockSize: Self.block)
    result.withUnsafeMutableBufferPointer { result in
      let target = SharedRows(start: result.baseAddress)
      vectors.withUnsafeValues { rows in
        let source = SharedRows(start: UnsafeMutablePointer(mutating: rows.baseAddress))
        splitter.run(count: vectors.rows) { _, range in
          guard let target = target.start, let source = source.start else { return }
          nearest(
            source + range.lowerBound * columns, rows: range.count, into: target + range.lowerBound)
        }
      }
    }
    return result
  }

  private func nearest(
    _ rows: UnsafePointer<Float>, rows rowCount: Int, into target: UnsafeMutablePointer<Int32>
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: rowCount * count) { products in
      guard let products = products.baseAddress else { return }
      Kernels.multiplyByTransposed(
        rows, leftRows: rowCount, values, rightRows: count, columns: columns, into: products)
      for row in 0..<rowCount {
        target[row] = Int32(
          truncatingIfNeeded: cvectors_best(products + row * count, penalties, count))
      }
    }
  }

  /// Some different rows in random order.
  private static func sample(
    _ vectors: Matrix, count: Int, _ generator: inout SeededGenerator
  ) -> Matrix {
    var rows = Array(0..<vectors.rows)
    var sample = Matrix(rows: count, columns: vectors.columns)
    let width = vectors.columns
    sample.withUnsafeMutableValues { target in
      vectors.withUnsafeValues { source in
        guard let target = target.baseAddress, let source = source.baseAddress else { return }
        for place in 0..<count {
          rows.swapAt(place, Int.random(in: place..<rows.count, using: &generator))
          (target + place * width).update(from: source + rows[place] * width, count: width)
        }
      }
    }
    return sample
  }

  /// Puts each centre into the middle of its rows; one without rows onto a random row.
  private mutating func move(
    to sample: Matrix, _ nearest: [Int32], _ generator: inout SeededGenerator
  ) {
    var sizes = [Float](repeating: 0, count: count)
    let width = columns
    var sums = [Float](repeating: 0, count: count * width)
    sample.withUnsafeValues { source in
      sums.withUnsafeMutableBufferPointer { sums in
        guard let source = source.baseAddress, let sums = sums.baseAddress else { return }
        for (row, centre) in nearest.enumerated() {
          sizes[Int(centre)] += 1
          Kernels.add(
            source + row * width, scale: 1, to: sums + Int(centre) * width, count: width)
        }
      }
    }
    for centre in 0..<count {
      let place = centre * width
      if sizes[centre] > 0 {
        for column in 0..<width { values[place + column] = sums[place + column] / sizes[centre] }
      } else {
        let row = Int.random(in: 0..<sample.rows, using: &generator)
        values.replaceSubrange(place..<(place + width), with: sample.row(row))
      }
    }
  }

  private mutating func measure() {
    values.withUnsafeBufferPointer { values in
      guard let start = values.baseAddress else { return }
      for centre in 0..<count {
        let place = start + centre * columns
        penalties[centre] = Kernels.dot(place, place, count: columns) / 2
      }
    }
  }
}

/// Memory whose rows threads share out among themselves.
// Sendable by hand: each thread touches the rows of its own ranges only, while the owner waits.
struct SharedRows<Element>: @unchecked Sendable {
  let start: UnsafeMutablePointer<Element>?
}
