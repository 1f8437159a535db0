import Foundation
import LinearAlgebra

/// A layer of causal self-attention and its feed-forward network, each with normalisation before and a
/// shortcut around.
struct SelfAttentionBlock: Sendable {
  private let width: Int
  private let heads: Int
  private let attentionNorm: NormLayer
  private let attentionIn: DenseLayer
  private let attentionOut: DenseLayer
  private let forwardNorm: NormLayer
  private let forwardIn: DenseLayer
  private let forwardOut: DenseLayer

  /// The block of a number.
  init(_ weights: NamedWeights, _ number: Int, _ shape: SelfAttentionShape) throws {
    let (width, name) = (shape.width, "blocks.\(number)")
    self.width = width
    heads = shape.heads
    attentionNorm = try NormLayer(weights, "\(name).attention.norm", width: width)
    attentionIn = try DenseLayer(
      weights, "\(name).attention.in", inputs: width, outputs: 3 * width)
    attentionOut = try DenseLayer(weights, "\(name).attention.out", inputs: width, outputs: width)
    forwardNorm = try NormLayer(weights, "\(name).forward.norm", width: width)
    forwardIn = try DenseLayer(weights, "\(name).forward.in", inputs: width, outputs: width)
    forwardOut = try DenseLayer(weights, "\(name).forward.out", inputs: width, outputs: width)
  }

  /// Scratch memory, in floats, for a sequence.
  static func scratchCount(width: Int, length: Int) -> Int { length * (5 * width + 1) }

  /// Takes the places of a sequence to the next layer, in place.
  ///
  /// - Parameter places: for which the result is wanted, the last ones; values of others are spoilt.
  func apply(
    _ values: UnsafeMutablePointer<Float>, length: Int, places: Int,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let first = length - places
    let normal = scratch
    let packed = normal + length * width
    let mixed = packed + length * 3 * width
    let shares = mixed + length * width
    attentionNorm.apply(values, rows: length, into: normal)
    attentionIn.apply(normal, rows: length, into: packed)
    for place in first..<length {
      for head in 0..<heads { attend(packed, place, head, shares, mixed + place * width) }
    }
    let (wanted, count) = (first * width, places * width)
    attentionOut.apply(mixed + wanted, rows: places, into: normal + wanted)
    Kernels.add(normal + wanted, scale: 1, to: values + wanted, count: count)
    forwardNorm.apply(values + wanted, rows: places, into: normal + wanted)
    forwardIn.apply(normal + wanted, rows: places, into: mixed + wanted)
    DenseLayer.relu(mixed + wanted, count: count)
    forwardOut.apply(mixed + wanted, rows: places, into: normal + wanted)
    Kernels.add(normal + wanted, scale: 1, to: values + wanted, count: count)
  }

  /// A head's output at a place, from all places up to it.
  private func attend(
    _ packed: UnsafePointer<Float>, _ place: Int, _ head: Int,
    _ shares: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    let (inner, stride) = (width / heads, 3 * width)
    let query = packed + place * stride + head * inner
    let scale = 1 / Float(inner).squareRoot()
    var most = -Float.infinity
    for other in 0...place {
      let key = packed + other * stride + width + head * inner
      shares[other] = Kernels.dot(query, key, count: inner) * scale
      most = max(most, shares[other])
    }
    var sum: Float = 0
    for other in 0...place {
      shares[other] = expf(shares[other] - most)
      sum += shares[other]
    }
    let target = output + head * inner
    for column in 0..<inner { target[column] = 0 }
    for other in 0...place {
      let value = packed + other * stride + 2 * width + head * inner
      Kernels.add(value, scale: shares[other] / sum, to: target, count: inner)
    }
  }
}
