internal import Recommenders

/// SASRec's network while it learns; ``SelfAttentionModel`` is the same on our own kernels.
///
/// Sequences lie one after the other, without padding. The output layer is the table of the items' vectors
/// itself, as in the paper.
struct SelfAttentionNetwork: Sendable {
  let shape: SelfAttentionShape
  let dropout: Double

  /// Adds the parameters with the values from which learning starts.
  func addParameters(to parameters: Parameters, seed: UInt64) throws {
    let width = shape.width
    var initial = InitialValues(seed: seed)
    // Small, as Kang and McAuley's: wide vectors would decide the softmax before anything is learned.
    let deviation: Float = 0.02
    func normal(_ name: String, _ extents: [Int]) throws {
      try parameters.add(
        name, initial.normal(extents.reduce(1, *), deviation: deviation), extents)
    }
    func dense(_ name: String, _ outputs: Int) throws {
      try normal("\(name).weight", [outputs, width])
      try parameters.add("\(name).bias", [Float](repeating: 0, count: outputs), [outputs])
    }
    func norm(_ name: String) throws {
      try parameters.add("\(name).weight", [Float](repeating: 1, count: width), [width])
      try parameters.add("\(name).bias", [Float](repeating: 0, count: width), [width])
    }
    try normal("items", [shape.items, width])
    try normal("positions", [shape.maximumLength, width])
    for layer in 0..<shape.layers {
      let name = "blocks.\(layer)"
      try norm("\(name).attention.norm")
      try dense("\(name).attention.in", 3 * width)
      try dense("\(name).attention.out", width)
      try norm("\(name).forward.norm")
      try dense("\(name).forward.in", width)
      try dense("\(name).forward.out", width)
    }
    try norm("norm")
  }

  /// The outcome at each place of each sequence, a row each.
  ///
  /// - Parameter seed: of the dropout; nil: none, as after training.
  func outcomes(_ p: Leaves, _ batch: PackedSequences, seed: UInt64?) throws -> Tensor {
    let epsilon = Double(SelfAttentionShape.normEpsilon)
    var draws = seed ?? 0
    func dropped(_ values: Tensor) throws -> Tensor {
      guard seed != nil else { return values }
      draws &+= 1
      return try values.dropout(dropout, seed: draws)
    }
    func norm(_ name: String, _ values: Tensor) throws -> Tensor {
      try values.layerNorm(p("\(name).weight"), p("\(name).bias"), epsilon: epsilon)
    }
    func dense(_ name: String, _ values: Tensor) throws -> Tensor {
      try values.linear(p("\(name).weight"), p("\(name).bias"))
    }
    var values = try dropped(
      p("items").rows(.indices(batch.items)) + p("positions").rows(.indices(batch.positions)))
    for layer in 0..<shape.layers {
      let name = "blocks.\(layer)"
      draws &+= 1
      let attended = try dense("\(name).attention.in", norm("\(name).attention.norm", values))
        .causalAttention(
          starts: batch.starts, heads: shape.heads, dropout: seed == nil ? 0 : dropout, seed: draws)
      values = try values + dropped(dense("\(name).attention.out", attended))
      let inner = try dense("\(name).forward.in", norm("\(name).forward.norm", values)).relu()
      values = try values + dropped(dense("\(name).forward.out", inner))
    }
    return try norm("norm", values)
  }
}

/// Sequences one after the other, without padding.
struct PackedSequences: Sendable {
  /// Sequence s has the places `starts[s] ..< starts[s + 1]`.
  private(set) var starts: [Int64] = [0]
  private(set) var items: [Int64] = []
  /// Each place's number within its sequence, from 0.
  private(set) var positions: [Int64] = []
  /// The item that follows each place.
  private(set) var targets: [Int64] = []

  /// Adds a sequence: all but the last item go in, all but the first are to be found.
  mutating func add(_ sequence: ArraySlice<Int32>) {
    guard sequence.count > 1 else { return }
    for (place, item) in sequence.dropLast().enumerated() {
      items.append(Int64(item))
      positions.append(Int64(place))
    }
    targets += sequence.dropFirst().map(Int64.init)
    starts.append(Int64(items.count))
  }
}
