import Recommenders
import Testing

@testable import NeuralModels

/// One after the other: tensors that are alive are counted in the whole process.
@Suite(.serialized) enum NeuralModelsTests {}

extension NeuralModelsTests {
  @Suite struct TensorTests {
    @Test func gradientsOfALayerAreThoseOfCalculus() throws {
      // loss = Σ (x w + b)², x = [1 2], w = [3 4], b = 5: y = 16, dw = 2 y x, db = 2 y.
      let parameters = Parameters()
      try parameters.add("w", [3, 4], [1, 2])
      try parameters.add("b", [5], [1])
      let training = try ShardedTraining(parameters, shards: 1, threads: 1)
      let loss = try training.step(Adam(rate: 0.1)) { _, p in
        try Tensor.values([1, 2], [1, 2]).linear(p("w"), p("b")).squared().sum()
      }
      #expect(loss == 256)
      // Adam's first step is the rate against the sign of the gradient.
      let weights = try parameters.weights()
      let w = try weights.values("w", [1, 2])
      #expect(abs(w[0] - 2.9) < 1e-4 && abs(w[1] - 3.9) < 1e-4)
      #expect(abs(try weights.values("b", [1])[0] - 4.9) < 1e-4)
    }

    @Test func shapesThatDoNotFitThrow() throws {
      let left = try Tensor.values([1, 2, 3, 4], [2, 2])
      let right = try Tensor.values([1, 2, 3], [3, 1])
      #expect(throws: (any Error).self) { try left.matmul(right) }
      #expect(throws: (any Error).self) { try left.rows(.indices([2])) }
      #expect(throws: (any Error).self) { try Tensor.values([1], [2]) }
      #expect(throws: (any Error).self) {
        try left.softmaxLoss(classes: left, targets: [0, 2])
      }
    }

    @Test func noTensorOutlivesItsUse() throws {
      let before = Tensor.liveCount
      for round in 0..<2_000 {
        let parameters = Parameters()
        try parameters.add("w", [1, 2], [1, 2])
        let training = try ShardedTraining(parameters, shards: 2, threads: 1)
        _ = try training.step(Adam()) { _, p in try p("w").squared().sum() }
        // libtorch takes long over an error: it writes down where it comes from.
        guard round < 10 else { continue }
        #expect(throws: (any Error).self) { try Tensor.values([1], [1]).rows(.indices([9])) }
      }
      #expect(Tensor.liveCount == before)
    }
  }
}
