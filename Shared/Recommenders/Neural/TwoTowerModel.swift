import LinearAlgebra
import Models

/// Two towers that have learned: a user's and an item's inputs through layers of their own to unit vectors,
/// whose product is the score. On OpenBLAS alone.
///
/// A user with another history than the learned one goes in without a vector of its own; users without a
/// history get the most popular items.
public struct TwoTowerModel: FittedRecommender {
  /// The sizes.
  public let shape: TwoTowerShape
  /// What the fit found by itself.
  public let found: [String: SettingValue]
  /// The unit vector of each item, row-major, for an index of nearest neighbours.
  public let itemVectors: [Float]
  private let users: [Float]
  private let items: [Float]
  private let userTower: Tower
  private let popularity: [Float]

  /// A model of given weights.
  ///
  /// - Parameters:
  ///   - byItem: who took each item, of the feedback that was learned from.
  ///   - found: what the fit found by itself.
  /// - Throws: ``RecommenderError`` when a weight is missing, of another shape or not finite.
  public init(
    _ shape: TwoTowerShape, _ weights: NamedWeights, byItem: SparseRows,
    found: [String: SettingValue] = [:]
  ) throws {
    self.shape = shape
    self.found = found
    popularity = (0..<shape.items).map { Float(byItem.range($0).count) }
    users = try weights.values("users", [shape.users, shape.width])
    items = try weights.values("items", [shape.items, shape.width])
    userTower = try Tower(weights, "user", inputs: shape.userInputs)
    let known = TwoTowerShape.popularity(users: popularity)
    var inputs: [Float] = []
    inputs.reserveCapacity(shape.items * shape.itemInputs)
    for item in 0..<shape.items {
      inputs += items[(item * shape.width)..<((item + 1) * shape.width)]
      inputs.append(known[item])
    }
    itemVectors = try Tower(weights, "item", inputs: shape.itemInputs)
      .vectors(inputs, rows: shape.items)
  }

  /// Scores all items for neighbouring users.
  public func score(
    _ users: Range<Int>, _ asked: AskedHistories, into target: UnsafeMutableBufferPointer<Float>
  ) {
    guard let target = target.baseAddress, !users.isEmpty else { return }
    let vectors = vectors(users, asked)
    Kernels.multiplyByTransposed(
      vectors, leftRows: users.count, itemVectors, rightRows: shape.items,
      columns: vectors.count / users.count, into: target)
    for (place, user) in users.enumerated() where asked.histories[user].isEmpty {
      for item in 0..<shape.items { target[place * shape.items + item] = popularity[item] }
    }
  }

  /// The unit vector of each user, row-major.
  public func vectors(_ users: Range<Int>, _ asked: AskedHistories) -> [Float] {
    let width = shape.width
    var inputs = [Float](repeating: 0, count: users.count * shape.userInputs)
    for (place, user) in users.enumerated() {
      let start = place * shape.userInputs
      let history = asked.histories[user].suffix(shape.historyLength)
      for column in 0..<width {
        if asked.areLearned { inputs[start + column] = self.users[user * width + column] }
        var sum: Float = 0
        for item in history { sum += items[Int(item) * width + column] }
        inputs[start + width + column] = sum / Float(max(1, history.count))
      }
    }
    return userTower.vectors(inputs, rows: users.count)
  }
}

/// Dense layers to a unit vector.
private struct Tower: Sendable {
  private let layers: [DenseLayer]

  init(_ weights: NamedWeights, _ name: String, inputs: Int) throws {
    var (layers, width) = ([DenseLayer](), inputs)
    for (number, outputs) in TwoTowerShape.layerOutputs.enumerated() {
      layers.append(
        try DenseLayer(weights, "\(name).\(number)", inputs: width, outputs: outputs))
      width = outputs
    }
    self.layers = layers
  }

  func vectors(_ inputs: [Float], rows: Int) -> [Float] {
    var values = inputs
    for (number, layer) in layers.enumerated() {
      var next = [Float](repeating: 0, count: rows * layer.outputs)
      next.withUnsafeMutableBufferPointer { target in
        guard let target = target.baseAddress else { return }
        layer.apply(values, rows: rows, into: target)
        if number < layers.count - 1 { DenseLayer.relu(target, count: rows * layer.outputs) }
      }
      values = next
    }
    let width = values.count / max(1, rows)
    values.withUnsafeMutableBufferPointer { values in
      guard let start = values.baseAddress else { return }
      for row in 0..<rows {
        let line = start + row * width
        let square = Kernels.dot(line, line, count: width) + TwoTowerShape.smallestSquare
        Kernels.scale(line, by: 1 / square.squareRoot(), count: width)
      }
    }
    return values
  }
}
