internal import Recommenders

/// Two towers while they learn; ``TwoTowerModel`` is the same on our own kernels.
struct TwoTowerNetwork: Sendable {
  let shape: TwoTowerShape
  let dropout: Double
  /// Of each item, from 0 to 1.
  let popularity: [Float]

  /// Adds the parameters with the values from which learning starts.
  func addParameters(to parameters: Parameters, seed: UInt64) throws {
    var initial = InitialValues(seed: seed)
    let deviation: Float = 0.1
    func table(_ name: String, _ rows: Int) throws {
      try parameters.add(
        name, initial.normal(rows * shape.width, deviation: deviation), [rows, shape.width])
    }
    try table("users", shape.users)
    try table("items", shape.items)
    for (name, inputs) in [("user", shape.userInputs), ("item", shape.itemInputs)] {
      var width = inputs
      for (layer, outputs) in TwoTowerShape.layerOutputs.enumerated() {
        try parameters.add(
          "\(name).\(layer).weight", initial.even(width * outputs, inputs: width), [outputs, width])
        try parameters.add(
          "\(name).\(layer).bias", [Float](repeating: 0, count: outputs), [outputs])
        width = outputs
      }
    }
  }

  /// The users of some pairs as the tower takes them.
  struct Users: Sendable {
    var rows: [Int64] = []
    /// 1 where the user's own vector goes in, 0 where only the history does.
    var known: [Float] = []
    var items: [Int64] = []
    var starts: [Int64] = [0]
  }

  /// The unit vectors of users.
  func users(_ p: Leaves, _ users: Users, seed: UInt64?) throws -> Tensor {
    let own =
      try p("users").rows(.indices(users.rows)) * .values(users.known, [users.known.count, 1])
    let taken = try p("items").bagMeans(users.items, starts: users.starts)
    return try tower(p, "user", own.beside(taken), seed: seed)
  }

  /// The unit vectors of items.
  func items(_ p: Leaves, _ items: [Int64], seed: UInt64?) throws -> Tensor {
    let known = try Tensor.values(items.map { popularity[Int($0)] }, [items.count, 1])
    return try tower(p, "item", p("items").rows(.indices(items)).beside(known), seed: seed)
  }

  private func tower(_ p: Leaves, _ name: String, _ inputs: Tensor, seed: UInt64?) throws -> Tensor
  {
    var values = inputs
    for layer in TwoTowerShape.layerOutputs.indices {
      values = try values.linear(p("\(name).\(layer).weight"), p("\(name).\(layer).bias"))
      if layer < TwoTowerShape.layerOutputs.count - 1 { values = try values.relu() }
      if layer == 0, let seed { values = try values.dropout(dropout, seed: seed) }
    }
    return try values.rowsNormalized()
  }
}
