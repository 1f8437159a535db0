import LinearAlgebra
import Models

/// Neural collaborative filtering that has learned (He et al. 2017), on OpenBLAS alone.
///
/// A user and an item meet in a product of their vectors (GMF), in a perceptron over both (MLP), or in both
/// (NeuMF). A user with another history than the learned one is the mean of those who took its items; users
/// without a history get the most popular items.
public struct NeuralCollaborativeModel: FittedRecommender {
  /// The sizes.
  public let shape: NeuralCollaborativeShape
  /// What the fit found by itself.
  public let found: [String: SettingValue]
  private let product: Part?
  private let layers: Part?
  private let output: [Float]
  private let popularity: [Float]
  /// The first layer's share of each item, and the layers after it.
  private let firstOfItems: [Float]
  private let firstOfUser: DenseLayer?
  private let rest: [DenseLayer]

  private struct Part: Sendable {
    let width: Int
    let users: [Float]
    let items: [Float]
    let audiences: AudienceVectors

    init(
      _ weights: NamedWeights, _ name: String, _ shape: NeuralCollaborativeShape, width: Int,
      byItem: SparseRows
    ) throws {
      self.width = width
      users = try weights.values("\(name).users", [shape.users, width])
      items = try weights.values("\(name).items", [shape.items, width])
      audiences = AudienceVectors(users: users, width: width, byItem: byItem)
    }

    func user(_ user: Int, _ asked: AskedHistories) -> [Float] {
      asked.areLearned
        ? Array(users[(user * width)..<((user + 1) * width)])
        : audiences.vector(asked.histories[user])
    }
  }

  /// A model of given weights.
  ///
  /// - Parameters:
  ///   - byItem: who took each item, of the feedback that was learned from.
  ///   - found: what the fit found by itself.
  /// - Throws: ``RecommenderError`` when a weight is missing, of another shape or not finite.
  public init(
    _ shape: NeuralCollaborativeShape, _ weights: NamedWeights, byItem: SparseRows,
    found: [String: SettingValue] = [:]
  ) throws {
    self.shape = shape
    self.found = found
    popularity = (0..<shape.items).map { Float(byItem.range($0).count) }
    output = try weights.values("output.weight", [1, shape.outputWidth])
    product =
      shape.hasProduct
      ? try Part(weights, "product", shape, width: shape.factors, byItem: byItem) : nil
    guard shape.hasLayers else {
      (layers, firstOfItems, firstOfUser, rest) = (nil, [], nil, [])
      return
    }
    let (width, outputs) = (shape.layerWidth, shape.layerOutputs)
    let part = try Part(weights, "layers", shape, width: width, byItem: byItem)
    layers = part
    firstOfUser = try DenseLayer(weights, "layers.0.user", inputs: width, outputs: outputs[0])
    // The users' half has the bias.
    let ofItem = try weights.values("layers.0.item.weight", [outputs[0], width])
    var first = [Float](repeating: 0, count: shape.items * outputs[0])
    Kernels.multiplyByTransposed(
      part.items, leftRows: shape.items, ofItem, rightRows: outputs[0], columns: width,
      into: &first)
    firstOfItems = first
    rest = try (1..<outputs.count).map {
      try DenseLayer(weights, "layers.\($0)", inputs: outputs[$0 - 1], outputs: outputs[$0])
    }
  }

  /// Scores all items for neighbouring users.
  public func score(
    _ users: Range<Int>, _ asked: AskedHistories, into target: UnsafeMutableBufferPointer<Float>
  ) {
    guard let target = target.baseAddress else { return }
    for (place, user) in users.enumerated() {
      let row = target + place * shape.items
      guard !asked.histories[user].isEmpty else {
        for item in 0..<shape.items { row[item] = popularity[item] }
        continue
      }
      for item in 0..<shape.items { row[item] = 0 }
      if let product { addProduct(product.user(user, asked), product, to: row) }
      if let layers { addLayers(layers.user(user, asked), to: row) }
    }
  }

  private func addProduct(_ user: [Float], _ part: Part, to row: UnsafeMutablePointer<Float>) {
    let weighed = zip(user, output).map { $0 * $1 }
    Kernels.multiply(
      part.items, rows: shape.items, columns: part.width, vector: weighed, into: row)
  }

  /// O(items · factors²), items in blocks that stay in the cache.
  private func addLayers(_ user: [Float], to row: UnsafeMutablePointer<Float>) {
    guard let firstOfUser else { return }
    let (block, widest) = (256, shape.layerOutputs[0])
    let weights = Array(output.suffix(shape.factors))
    withUnsafeTemporaryAllocation(of: Float.self, capacity: (2 * block + 1) * widest + block) {
      memory in
      guard let ofUser = memory.baseAddress else { return }
      firstOfUser.apply(user, rows: 1, into: ofUser)
      let scores = ofUser + widest + 2 * block * widest
      for start in stride(from: 0, to: shape.items, by: block) {
        let count = min(block, shape.items - start)
        var (current, next) = (ofUser + widest, ofUser + widest + block * widest)
        for item in 0..<count {
          for column in 0..<widest {
            current[item * widest + column] = max(
              0, firstOfItems[(start + item) * widest + column] + ofUser[column])
          }
        }
        for layer in rest {
          layer.apply(current, rows: count, into: next)
          DenseLayer.relu(next, count: count * layer.outputs)
          (current, next) = (next, current)
        }
        Kernels.multiply(
          current, rows: count, columns: shape.factors, vector: weights, into: scores)
        for item in 0..<count { row[start + item] += scores[item] }
      }
    }
  }
}
