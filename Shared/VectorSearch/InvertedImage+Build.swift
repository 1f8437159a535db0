internal import CVectors
import LinearAlgebra

extension InvertedImage {
  /// Sorts vectors into the lists of their nearest centres, coded by their difference from these.
  convenience init(_ vectors: Matrix, centroids: Centroids, threads: Int) {
    let nearest = centroids.nearest(vectors, threads: threads)
    var sizes = [Int](repeating: 0, count: centroids.count)
    for list in nearest { sizes[Int(list)] += 1 }
    var starts: [UInt32] = [0]
    starts.reserveCapacity(centroids.count + 1)
    for size in sizes {
      let blocks = (size + Self.lanes - 1) / Self.lanes
      starts.append(starts[starts.count - 1] + UInt32(truncatingIfNeeded: blocks))
    }
    self.init(
      header: InvertedHeader(
        rows: vectors.rows, dimensions: vectors.columns, lists: centroids.count,
        blocks: Int(starts[centroids.count])))
    fill(vectors, centroids, starts, Self.grouped(nearest, sizes), threads)
  }

  private static let lanes = Int(CVECTORS_LANES)

  /// Row numbers list by list, rising in each, and where each list begins.
  private static func grouped(
    _ nearest: [Int32], _ sizes: [Int]
  ) -> (rows: [Int32], begins: [Int]) {
    var begins = [0]
    for size in sizes { begins.append(begins[begins.count - 1] + size) }
    var next = begins
    var rows = [Int32](repeating: 0, count: nearest.count)
    for (row, list) in nearest.enumerated() {
      rows[next[Int(list)]] = Int32(truncatingIfNeeded: row)
      next[Int(list)] += 1
    }
    return (rows, begins)
  }

  private func fill(
    _ vectors: Matrix, _ centroids: Centroids, _ starts: [UInt32],
    _ grouped: (rows: [Int32], begins: [Int]), _ threads: Int
  ) {
    UnsafeMutablePointer(mutating: self.centroids).update(
      from: centroids.values, count: centroids.values.count)
    UnsafeMutablePointer(mutating: self.starts).update(from: starts, count: starts.count)
    vectors.withUnsafeValues { values in
      let source = SharedRows(start: UnsafeMutablePointer(mutating: values.baseAddress))
      ParallelRows(threads: threads, blockSize: 8).run(count: centroids.count) { _, lists in
        guard let source = source.start else { return }
        for list in lists {
          fill(
            list: list, rows: grouped.rows[grouped.begins[list]..<grouped.begins[list + 1]],
            from: source)
        }
      }
    }
  }

  private func fill(list: Int, rows: ArraySlice<Int32>, from vectors: UnsafePointer<Float>) {
    let dimensions = header.dimensions
    let centre = centroids + list * dimensions
    let first = UnsafeMutablePointer(mutating: blocks) + Int(starts[list]) * header.blockBytes
    withUnsafeTemporaryAllocation(of: Float.self, capacity: dimensions) { residual in
      guard let residual = residual.baseAddress else { return }
      for (place, row) in rows.enumerated() {
        let vector = vectors + Int(row) * dimensions
        for column in 0..<dimensions { residual[column] = vector[column] - centre[column] }
        let block = first + place / Self.lanes * header.blockBytes
        cvectors_encode(residual, dimensions, row, block, place % Self.lanes)
      }
    }
    for place in rows.count..<(Int(starts[list + 1] - starts[list]) * Self.lanes) {
      cvectors_encode_nothing(
        first + place / Self.lanes * header.blockBytes, place % Self.lanes)
    }
  }
}
