import LinearAlgebra
import RecommendationCore
import Testing

@testable import NeuralModels

extension NeuralModelsTests {
  /// The operations with a gradient of our own, held to the same made of libtorch's small ones.
  @Suite struct FusedOperationTests {
    private let width = 4
    private let lengths = [3, 1, 5]

    private func random(_ count: Int, seed: UInt64) -> [Float] {
      var generator = SeededGenerator(seed: seed)
      return (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
    }

    /// The values of Σ (output · weights), and its gradient by each parameter, read off one step of Adam's
    /// first moment: here simply by plain descent of the leaves.
    private func gradient(
      _ values: [Float], _ shape: [Int], _ body: (Tensor) throws -> Tensor
    ) throws -> (loss: Float, slope: [Float]) {
      let leaf = try Tensor.values(values, shape).leaf()
      let loss = try body(leaf)
      try loss.backward()
      return (try loss.scalar(), try leaf.gradient())
    }

    private func expectClose(_ left: [Float], _ right: [Float], within tolerance: Float = 1e-5) {
      let isClose =
        left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) <= tolerance }
      #expect(isClose)
    }

    @Test(arguments: [1, 2]) func attentionIsThatOfEachSequenceByItself(heads: Int) throws {
      let places = lengths.reduce(0, +)
      let (packed, weights) = (random(places * 3 * width, seed: 1), random(places * width, seed: 2))
      var starts: [Int64] = [0]
      for length in lengths { starts.append((starts.last ?? 0) + Int64(length)) }
      let fused = try gradient(packed, [places, 3 * width]) {
        let attended = try $0.causalAttention(starts: starts, heads: heads, dropout: 0, seed: 1)
        return try (attended * .values(weights, [places, width])).sum()
      }
      let plain = try gradient(packed, [places, 3 * width]) { input in
        var sum = try Tensor.values([0], [1])
        for sequence in lengths.indices {
          let rows = try input.rows(.indices(Array(starts[sequence]..<starts[sequence + 1])))
          for head in 0..<heads {
            let attended = try plainAttention(rows, lengths[sequence], head, heads)
            let inner = width / heads
            var wanted: [Float] = []
            for row in Int(starts[sequence])..<Int(starts[sequence + 1]) {
              let first = row * width + head * inner
              wanted += weights[first..<(first + inner)]
            }
            sum = try sum + (attended * .values(wanted, [lengths[sequence], inner])).sum()
          }
        }
        return try sum.sum()
      }
      #expect(abs(fused.loss - plain.loss) < 1e-5)
      expectClose(fused.slope, plain.slope)
    }

    /// A head by the formula: softmax(Q Kᵀ / √d, no place after) V.
    private func plainAttention(_ rows: Tensor, _ length: Int, _ head: Int, _ heads: Int) throws
      -> Tensor
    {
      let inner = width / heads
      func part(_ number: Int) throws -> Tensor {
        // Columns by a product with a selection.
        var selection = [Float](repeating: 0, count: 3 * width * inner)
        for column in 0..<inner {
          selection[(number * width + head * inner + column) * inner + column] = 1
        }
        return try rows.matmul(.values(selection, [3 * width, inner]))
      }
      var mask = [Float](repeating: 0, count: length * length)
      for row in 0..<length {
        for column in 0..<length where column > row { mask[row * length + column] = -1e9 }
      }
      let logits = try part(0).matmul(part(1).transposed()).affine(1 / Double(inner).squareRoot())
      let shares = try (logits + .values(mask, [length, length])).logSoftmax().exp()
      return try shares.matmul(part(2))
    }

    @Test func attentionDropsAndScalesUp() throws {
      let ones = try Tensor.values([Float](repeating: 1, count: 64 * 3), [64, 3])
      let starts: [Int64] = [0, 64]
      let out = try ones.causalAttention(starts: starts, heads: 1, dropout: 0.5, seed: 3).read()
      // The values are all 1: the outputs are sums of kept shares, which have the mean 1.
      let mean = out.reduce(0, +) / 64
      #expect(abs(mean - 1) < 0.2 && out.contains { abs($0 - 1) > 0.01 })
      let again = try ones.causalAttention(starts: starts, heads: 1, dropout: 0.5, seed: 3).read()
      expectClose(out, again, within: 0)
      // A gradient through dropout: values count linearly, so that the loss is their product with it.
      let slope = try gradient([Float](repeating: 1, count: 64 * 3), [64, 3]) {
        try $0.causalAttention(starts: starts, heads: 1, dropout: 0.5, seed: 3).sum()
      }
      let ofValues = stride(from: 2, to: 64 * 3, by: 3).reduce(Float(0)) { $0 + slope.slope[$1] }
      #expect(abs(ofValues - slope.loss) < 1e-3)
    }

    @Test func softmaxLossIsThatOfAllLogits() throws {
      let (rows, classes) = (9, 7)
      let inputs = random(rows * width, seed: 4)
      let table = random(classes * width, seed: 5)
      let targets: [Int64] = [0, 6, 3, 3, 1, 5, 2, 2, 4]
      func plain(_ inputs: Tensor, _ table: Tensor) throws -> Tensor {
        try inputs.matmul(table.transposed()).logSoftmax().picked(.indices(targets)).sum().affine(
          -1)
      }
      let tableTensor = try Tensor.values(table, [classes, width])
      let inputTensor = try Tensor.values(inputs, [rows, width])
      let byInputs = try gradient(inputs, [rows, width]) {
        try $0.softmaxLoss(classes: tableTensor, targets: targets)
      }
      let plainByInputs = try gradient(inputs, [rows, width]) { try plain($0, tableTensor) }
      #expect(abs(byInputs.loss - plainByInputs.loss) < 1e-4)
      expectClose(byInputs.slope, plainByInputs.slope)
      let byTable = try gradient(table, [classes, width]) {
        try inputTensor.softmaxLoss(classes: $0, targets: targets)
      }
      expectClose(
        byTable.slope, try gradient(table, [classes, width]) { try plain(inputTensor, $0) }.slope)
    }

    @Test func sampledSoftmaxOfNearlyAllItemsIsNearTheWhole() throws {
      let (rows, items) = (6, 40)
      let inputs = try Tensor.values(random(rows * width, seed: 6), [rows, width])
      let table = try Tensor.values(random(items * width, seed: 7), [items, width])
      let targets: [Int64] = [0, 39, 3, 3, 11, 5]
      let whole = try NextItemLoss.softmax.sum(inputs, items: table, targets: targets, seed: 1)
      let sampled = try NextItemLoss.sampledSoftmax(negatives: 20_000)
        .sum(inputs, items: table, targets: targets, seed: 1)
      #expect(abs(try whole.scalar() - sampled.scalar()) < 0.3)
    }

    @Test func generalizedBinaryLossIsItsFormula() throws {
      // Scores of 0: every probability is ½, and the loss is ((power + negatives) ln 2) / (negatives + 1).
      let inputs = try Tensor.values([0, 0], [1, 2])
      let table = try Tensor.values([Float](repeating: 1, count: 2_000_000), [1_000_000, 2])
      let (negatives, share) = (4, 4 / 999_999.0)
      let power = share * (0.75 * (1 - 1 / share) + 1 / share)
      let loss = try NextItemLoss.generalizedBinary(negatives: negatives, calibration: 0.75)
        .sum(inputs, items: table, targets: [7], seed: 1).scalar()
      #expect(abs(Double(loss) - (power + 4) * 0.693147 / 5) < 1e-4)
    }
  }
}
