import LinearAlgebra

/// A fully connected layer: `input * transpose(weight) + bias`.
struct DenseLayer: Sendable {
  let inputs: Int
  let outputs: Int
  /// `outputs` rows of `inputs`.
  private let weight: [Float]
  private let bias: [Float]

  /// The layer whose weights are called `name.weight` and `name.bias`.
  init(_ weights: NamedWeights, _ name: String, inputs: Int, outputs: Int) throws {
    self.inputs = inputs
    self.outputs = outputs
    weight = try weights.values("\(name).weight", [outputs, inputs])
    bias = try weights.values("\(name).bias", [outputs])
  }

  /// Writes the outputs of rows of inputs.
  func apply(
    _ input: UnsafePointer<Float>, rows: Int, into output: UnsafeMutablePointer<Float>
  ) {
    Kernels.multiplyByTransposed(
      input, leftRows: rows, weight, rightRows: outputs, columns: inputs, into: output)
    bias.withUnsafeBufferPointer { bias in
      for row in 0..<rows {
        let line = output + row * outputs
        for column in 0..<outputs { line[column] += bias[column] }
      }
    }
  }

  /// Negative values become 0.
  static func relu(_ values: UnsafeMutablePointer<Float>, count: Int) {
    for index in 0..<count { values[index] = max(0, values[index]) }
  }
}

/// Layer normalisation (Ba, Kiros, Hinton 2016).
struct NormLayer: Sendable {
  let width: Int
  private let weight: [Float]
  private let bias: [Float]

  /// The layer whose weights are called `name.weight` and `name.bias`.
  init(_ weights: NamedWeights, _ name: String, width: Int) throws {
    self.width = width
    weight = try weights.values("\(name).weight", [width])
    bias = try weights.values("\(name).bias", [width])
  }

  /// Writes the outputs of rows of inputs; the two may be the same.
  func apply(
    _ input: UnsafePointer<Float>, rows: Int, into output: UnsafeMutablePointer<Float>
  ) {
    weight.withUnsafeBufferPointer { weight in
      bias.withUnsafeBufferPointer { bias in
        for row in 0..<rows {
          let (source, target) = (input + row * width, output + row * width)
          var mean: Float = 0
          for column in 0..<width { mean += source[column] }
          mean /= Float(width)
          var variance: Float = 0
          for column in 0..<width {
            let distance = source[column] - mean
            variance += distance * distance
          }
          let scale = 1 / (variance / Float(width) + SelfAttentionShape.normEpsilon).squareRoot()
          for column in 0..<width {
            target[column] = (source[column] - mean) * scale * weight[column] + bias[column]
          }
        }
      }
    }
  }
}
