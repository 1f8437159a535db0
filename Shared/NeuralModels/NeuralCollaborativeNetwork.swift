internal import Recommenders

/// Neural collaborative filtering while it learns; ``NeuralCollaborativeModel`` is the same on our own
/// kernels.
struct NeuralCollaborativeNetwork: Sendable {
  let shape: NeuralCollaborativeShape

  /// Adds the parameters with the values from which learning starts.
  func addParameters(to parameters: Parameters, seed: UInt64) throws {
    var initial = InitialValues(seed: seed)
    // He et al.'s choice for all vectors.
    let deviation: Float = 0.01
    func table(_ name: String, _ rows: Int, _ width: Int) throws {
      try parameters.add(name, initial.normal(rows * width, deviation: deviation), [rows, width])
    }
    func dense(_ name: String, _ inputs: Int, _ outputs: Int, of all: Int? = nil) throws {
      try parameters.add(
        "\(name).weight", initial.even(inputs * outputs, inputs: all ?? inputs), [outputs, inputs])
      try parameters.add("\(name).bias", [Float](repeating: 0, count: outputs), [outputs])
    }
    if shape.hasProduct {
      try table("product.users", shape.users, shape.factors)
      try table("product.items", shape.items, shape.factors)
    }
    if shape.hasLayers {
      let (width, outputs) = (shape.layerWidth, shape.layerOutputs)
      try table("layers.users", shape.users, width)
      try table("layers.items", shape.items, width)
      // The first layer, over both vectors side by side, is kept in two halves: serving adds them up.
      try dense("layers.0.user", width, outputs[0], of: 2 * width)
      try parameters.add(
        "layers.0.item.weight", initial.even(width * outputs[0], inputs: 2 * width),
        [outputs[0], width])
      for layer in 1..<outputs.count {
        try dense("layers.\(layer)", outputs[layer - 1], outputs[layer])
      }
    }
    try dense("output", shape.outputWidth, 1)
  }

  /// The score of each pair, a column.
  func scores(_ p: Leaves, users: [Int64], items: [Int64]) throws -> Tensor {
    let (users, items) = (try Tensor.indices(users), try Tensor.indices(items))
    let product =
      shape.hasProduct
      ? try p("product.users").rows(users) * p("product.items").rows(items) : nil
    var last = product
    if shape.hasLayers {
      let ofUser = try p("layers.users").rows(users)
        .linear(p("layers.0.user.weight"), p("layers.0.user.bias"))
      let ofItem = try p("layers.items").rows(items)
        .matmul(p("layers.0.item.weight").transposed())
      var values = try (ofUser + ofItem).relu()
      for layer in 1..<shape.layerOutputs.count {
        values = try values.linear(p("layers.\(layer).weight"), p("layers.\(layer).bias")).relu()
      }
      last = try product?.beside(values) ?? values
    }
    guard let last else {
      throw RecommenderError(.invalidArgument, "a network of no part")
    }
    return try last.linear(p("output.weight"), p("output.bias"))
  }

  /// Binary cross-entropy, summed: pairs that were, and `negatives` that were not for each.
  func loss(_ p: Leaves, _ batch: PairBatches.Batch, negatives: Int) throws -> Tensor {
    let others = batch.users.flatMap { [Int64](repeating: $0, count: negatives) }
    let taken = try scores(p, users: batch.users, items: batch.items).logSigmoid().sum()
    let left = try scores(p, users: others, items: batch.others).affine(-1).logSigmoid().sum()
    return try (taken + left).affine(-1)
  }
}
