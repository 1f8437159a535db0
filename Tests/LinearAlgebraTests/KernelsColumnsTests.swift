import LinearAlgebra
import RecommendationCore
import Testing

@Suite struct KernelsColumnsTests {
  /// Some columns of a wider matrix, times another: against the plain product.
  @Test(arguments: [(1, 1, 1), (5, 3, 2), (33, 17, 9), (64, 64, 64)])
  func productsOfColumnsEqualTheReference(_ rows: Int, _ columns: Int, _ rightColumns: Int) {
    var generator = SeededGenerator(seed: 8)
    let stride = columns + 3
    let left = (0..<(rows * stride)).map { _ in Float.random(in: -1...1, using: &generator) }
    let right = (0..<(rows * rightColumns)).map { _ in Float.random(in: -1...1, using: &generator) }
    var result = [Float](repeating: .nan, count: columns * rightColumns)
    left.withUnsafeBufferPointer { left in
      guard let start = left.baseAddress else { return }
      Kernels.multiplyTransposed(
        start + 2, rows: rows, leftColumns: columns, leftStride: stride, right,
        rightColumns: rightColumns, into: &result)
    }
    let expected = ReferenceKernels.product(
      (0..<columns).map { column in (0..<rows).map { Double(left[$0 * stride + 2 + column]) } },
      (0..<rows).map { row in
        (0..<rightColumns).map { Double(right[row * rightColumns + $0]) }
      }
    ).flatMap { $0 }
    for (actual, expected) in zip(result, expected) {
      #expect(abs(Double(actual) - expected) < 1e-4)
    }
  }
}
