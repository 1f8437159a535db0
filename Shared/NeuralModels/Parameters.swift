internal import CTorch
internal import Foundation
internal import RecommendationCore
internal import Recommenders

/// What a network learns, by name, with the moments of Adam.
final class Parameters {
  /// In the order in which they were added.
  private(set) var names: [String] = []
  private var tensors: [String: Moving] = [:]
  private var steps = 0

  private struct Moving {
    let value: Tensor
    let first: Tensor
    let second: Tensor
  }

  /// Adds values; a name that is there is written over.
  func add(_ name: String, _ values: [Float], _ shape: [Int]) throws {
    let zeros = [Float](repeating: 0, count: values.count)
    if tensors[name] == nil { names.append(name) }
    tensors[name] = Moving(
      value: try .values(values, shape), first: try .values(zeros, shape),
      second: try .values(zeros, shape))
  }

  /// Leaves that share the values and have gradients of their own, for one shard of a batch.
  func leaves() throws -> Leaves {
    Leaves(try tensors.mapValues { try $0.value.leaf() })
  }

  /// A copy of all values.
  func weights() throws -> NamedWeights {
    var weights = NamedWeights()
    for name in names {
      guard let value = tensors[name]?.value else { continue }
      weights[name] = NamedWeights.Entry(values: try value.read(), shape: value.shape)
    }
    return weights
  }

  /// One step of Adam by the sum of the shards' gradients, in their order.
  func step(_ shards: [Leaves], _ adam: Adam) throws {
    steps += 1
    for name in names {
      guard let moving = tensors[name] else { continue }
      let leaves = shards.compactMap { $0[name] }
      let handles = leaves.map(\.handle)
      try withExtendedLifetime(leaves) {
        try Tensor.checked {
          ctorch_adam(
            moving.value.handle, moving.first.handle, moving.second.handle, handles,
            Int32(handles.count), Int64(steps), adam.rate, adam.beta1, adam.beta2, adam.epsilon,
            adam.decay, $0)
        }
      }
    }
  }
}

/// The optimiser of Kingma and Ba (2015), with the decoupled weight decay of Loshchilov and Hutter (2019).
struct Adam {
  var rate = 0.001
  var beta1 = 0.9
  var beta2 = 0.999
  var epsilon = 1e-8
  var decay = 0.0
}

/// A shard's view of the parameters.
///
/// Unchecked: a shard's leaves are used by the one thread that has the shard, and between steps by the
/// thread of the training; ``ShardedTraining`` sees to it. The values that all shards share are only read
/// while shards run.
struct Leaves: @unchecked Sendable {
  private let tensors: [String: Tensor]

  init(_ tensors: [String: Tensor]) { self.tensors = tensors }

  subscript(name: String) -> Tensor? { tensors[name] }

  /// The parameter of a name.
  func callAsFunction(_ name: String) throws -> Tensor {
    guard let tensor = tensors[name] else {
      throw RecommenderError(.invalidArgument, "the network has no parameter \(name)")
    }
    return tensor
  }
}

/// Normally distributed values for the beginning of a training.
struct InitialValues {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// By Box and Muller's method.
  mutating func normal(_ count: Int, deviation: Float) -> [Float] {
    (0..<count).map { _ in
      let radius = (-2 * logf(Float.random(in: Float.leastNormalMagnitude..<1, using: &generator)))
        .squareRoot()
      return deviation * radius * cosf(2 * .pi * Float.random(in: 0..<1, using: &generator))
    }
  }

  /// As He et al. (2015) for layers before a ReLU, and as PyTorch does: even within 1 / √inputs.
  mutating func even(_ count: Int, inputs: Int) -> [Float] {
    let bound = 1 / Float(max(1, inputs)).squareRoot()
    return (0..<count).map { _ in Float.random(in: -bound...bound, using: &generator) }
  }
}
