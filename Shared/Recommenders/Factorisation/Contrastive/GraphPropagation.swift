import LinearAlgebra
import Models

/// The mean of a graph's layers (LightGCN: He et al. 2020): layer k + 1 is the normalised adjacency times
/// layer k, each edge divided by the square roots of its ends' degrees.
///
/// The operator is symmetric: what carries vectors forth carries slopes back.
struct GraphPropagation: Sendable {
  private let byUser: SparseRows
  private let byItem: SparseRows
  private let userScale: [Float]
  private let itemScale: [Float]
  private let layers: Int
  private let threads: Int?

  init(_ feedback: Feedback, layers: Int, threads: Int?) {
    byUser = feedback.byUser
    byItem = feedback.byItem
    func scales(_ rows: SparseRows) -> [Float] {
      (0..<rows.rowCount).map { 1 / Float(max(1, rows.range($0).count)).squareRoot() }
    }
    userScale = scales(byUser)
    itemScale = scales(byItem)
    self.layers = layers
    self.threads = threads
  }

  /// The mean of the vectors and their layers. O(layers · pairs · width).
  func mean(users: FactorTable, items: FactorTable) -> (users: FactorTable, items: FactorTable) {
    var (userSum, itemSum) = (users, items)
    var (lastUsers, lastItems) = (users, items)
    var (nextUsers, nextItems) = (users, items)
    let share = 1 / Float(layers + 1)
    for layer in 1...max(1, layers) where layers > 0 {
      let scale = layer == layers ? share : 1
      carry(byUser, userScale, lastItems, itemScale, to: &nextUsers, sum: &userSum, scale)
      carry(byItem, itemScale, lastUsers, userScale, to: &nextItems, sum: &itemSum, scale)
      swap(&lastUsers, &nextUsers)
      swap(&lastItems, &nextItems)
    }
    return (userSum, itemSum)
  }

  /// `target = D rows D source`, `sum = scale * (sum + target)`.
  private func carry(
    _ rows: SparseRows, _ rowScale: [Float], _ source: FactorTable, _ columnScale: [Float],
    to target: inout FactorTable, sum: inout FactorTable, _ scale: Float
  ) {
    let width = source.width
    target.matrix.withUnsafeMutableValues { target in
      sum.matrix.withUnsafeMutableValues { sum in
        source.matrix.withUnsafeValues { source in
          guard let target = target.baseAddress, let sum = sum.baseAddress,
            let source = source.baseAddress
          else { return }
          // Each thread writes only the rows that it was handed; the source is only read.
          nonisolated(unsafe) let (next, sums, last) = (target, sum, source)
          ParallelRows(threads: threads, blockSize: 64).run(count: rows.rowCount) { _, range in
            for row in range {
              let place = next + row * width
              place.update(repeating: 0, count: width)
              for column in rows.columns(ofRow: row) {
                Kernels.add(
                  last + Int(column) * width, scale: rowScale[row] * columnScale[Int(column)],
                  to: place, count: width)
              }
              let total = sums + row * width
              for index in 0..<width { total[index] = scale * (total[index] + place[index]) }
            }
          }
        }
      }
    }
  }
}
