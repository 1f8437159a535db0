import Synchronization

/// The inverse of a large symmetric positive definite matrix, in its own memory, on all cores.
///
/// The sweep operator (Goodnight 1979) by blocks: each block of rows in turn is exchanged for its inverse and
/// the rest updated by one product, which is what the machine does fastest. Half of a general inverse's work.
/// The blocks are the same on any number of threads, and so is the result.
public enum SymmetricInverse {
  /// Rows swept at once. Wide enough that the products run at full speed, narrow enough that the inverse of
  /// a block, on one thread, is little beside them.
  private static let blockSize = 256
  /// Rows and columns of a tile of the update that one thread does.
  private static let tileSize = 512

  /// Replaces a matrix by its inverse. O(size³) products; beside the matrix, memory for 3 · 256 of its rows.
  ///
  /// - Parameters:
  ///   - matrix: `size * size` values, row by row; its upper triangle is read, all is written.
  ///   - progress: told the share that is done; false ends the work.
  /// - Returns: false when the matrix is not positive definite, holds a value that is not finite, or the work
  ///   was ended; the matrix is spoilt then.
  public static func invert(
    _ matrix: UnsafeMutablePointer<Float>, size: Int, threads: Int? = nil,
    progress: (Double) -> Bool = { _ in true }
  ) -> Bool {
    let parallel = ParallelRows(threads: threads, blockSize: 1)
    let panel = UnsafeMutablePointer<Float>.allocate(capacity: max(1, blockSize * size))
    let swept = UnsafeMutablePointer<Float>.allocate(capacity: max(1, blockSize * size))
    let pivot = UnsafeMutablePointer<Float>.allocate(capacity: blockSize * blockSize)
    defer {
      panel.deallocate()
      swept.deallocate()
      pivot.deallocate()
    }
    for start in stride(from: 0, to: size, by: blockSize) {
      let rows = start..<min(size, start + blockSize)
      let step = Step(
        matrix: matrix, size: size, rows: rows, panel: panel, swept: swept, pivot: pivot)
      step.gather(parallel)
      guard Kernels.invert(pivot, size: rows.count) else { return false }
      step.multiply(parallel)
      step.update(parallel)
      step.scatter(parallel)
      guard progress(Double(rows.upperBound) / Double(size)) else { return false }
    }
    finish(matrix, size, parallel)
    return true
  }

  /// The sweep leaves the upper triangle of the inverse with the other sign.
  private static func finish(
    _ matrix: UnsafeMutablePointer<Float>, _ size: Int, _ parallel: ParallelRows
  ) {
    // Safe: each tile is written by one thread; a tile below reads only the tile above, of the same thread.
    nonisolated(unsafe) let matrix = matrix
    let tile = 128
    let tiles = (size + tile - 1) / tile
    parallel.run(count: tiles) { _, indices in
      for index in indices {
        let rows = index * tile..<min(size, (index + 1) * tile)
        for left in stride(from: rows.lowerBound, to: size, by: tile) {
          for row in rows {
            for column in max(row, left)..<max(row, min(size, left + tile)) {
              let value = -matrix[row * size + column]
              matrix[row * size + column] = value
              matrix[column * size + row] = value
            }
          }
        }
      }
    }
  }

  /// One block of rows.
  ///
  /// `@unchecked Sendable`: within each of its steps threads write to parts of their own.
  private struct Step: @unchecked Sendable {
    let matrix: UnsafeMutablePointer<Float>
    let size: Int
    let rows: Range<Int>
    /// The block's rows of the whole symmetric matrix.
    let panel: UnsafeMutablePointer<Float>
    /// The inverse of the pivot times the panel.
    let swept: UnsafeMutablePointer<Float>
    let pivot: UnsafeMutablePointer<Float>

    /// Columns in runs, a thread each.
    private func columnRuns(_ body: (Range<Int>) -> Void, _ indices: Range<Int>) {
      for index in indices {
        body(index * tileSize..<min(size, (index + 1) * tileSize))
      }
    }
    private var tiles: Int { (size + tileSize - 1) / tileSize }

    /// Copies the rows; what lies left of the diagonal is kept above it.
    func gather(_ parallel: ParallelRows) {
      parallel.run(count: tiles) { _, indices in
        columnRuns(
          { columns in
            for column in columns.clamped(to: 0..<rows.lowerBound) {
              for (place, row) in rows.enumerated() {
                panel[place * size + column] = matrix[column * size + row]
              }
            }
            let right = columns.clamped(to: rows.lowerBound..<size)
            for (place, row) in rows.enumerated() {
              for column in right {
                // Within the block only the upper triangle is known.
                panel[place * size + column] =
                  column < row ? matrix[column * size + row] : matrix[row * size + column]
              }
            }
          }, indices)
      }
      for place in 0..<rows.count {
        for column in 0..<rows.count {
          pivot[place * rows.count + column] = panel[place * size + rows.lowerBound + column]
        }
      }
    }

    func multiply(_ parallel: ParallelRows) {
      parallel.run(count: tiles) { _, indices in
        columnRuns(
          { columns in
            for place in 0..<rows.count {
              (swept + place * size + columns.lowerBound).update(
                repeating: 0, count: columns.count)
            }
            // The pivot is symmetric: transposed or not is the same.
            Kernels.addProductOfTransposed(
              pivot, leftStride: rows.count, panel + columns.lowerBound, rightStride: size,
              inner: rows.count, rows: rows.count, columns: columns.count, scale: 1,
              to: swept + columns.lowerBound, resultStride: size)
          }, indices)
      }
    }

    /// Takes the panel's transpose times the swept panel from all tiles at and above the diagonal. The
    /// block's own rows and columns are written over afterwards.
    func update(_ parallel: ParallelRows) {
      let tiles = tiles
      // Pairs of tiles, those of the first row first.
      let pairs = (0..<tiles).flatMap { top in (top..<tiles).map { (top, $0) } }
      parallel.run(count: pairs.count) { _, indices in
        for index in indices {
          let (top, left) = (pairs[index].0 * tileSize, pairs[index].1 * tileSize)
          Kernels.addProductOfTransposed(
            panel + top, leftStride: size, swept + left, rightStride: size, inner: rows.count,
            rows: min(size, top + tileSize) - top, columns: min(size, left + tileSize) - left,
            scale: -1, to: matrix + top * size + left, resultStride: size)
        }
      }
    }

    /// Writes the swept rows and the pivot's inverse, with the other sign, into the upper triangle.
    func scatter(_ parallel: ParallelRows) {
      parallel.run(count: tiles) { _, indices in
        columnRuns(
          { columns in
            for column in columns.clamped(to: 0..<rows.lowerBound) {
              for (place, row) in rows.enumerated() {
                matrix[column * size + row] = swept[place * size + column]
              }
            }
            for column in columns.clamped(to: rows.upperBound..<size) {
              for (place, row) in rows.enumerated() {
                matrix[row * size + column] = swept[place * size + column]
              }
            }
          }, indices)
      }
      for place in 0..<rows.count {
        for other in place..<rows.count {
          matrix[(rows.lowerBound + place) * size + rows.lowerBound + other] =
            -pivot[place * rows.count + other]
        }
      }
    }
  }
}
