import LinearAlgebra

/// SASRec that has learned (Kang, McAuley 2018): the last items of a history, in their order, through layers
/// of self-attention; the score of an item is the product of the outcome with the item's vector.
///
/// Runs on OpenBLAS alone; the weights come from a file or from a training. Users without a history get the
/// most popular items.
public struct SelfAttentionModel: FittedRecommender {
  /// The sizes.
  public let shape: SelfAttentionShape
  /// What the fit found by itself.
  public let found: [String: SettingValue]
  private let weights: NamedWeights
  private let items: [Float]
  private let positions: [Float]
  private let popularity: [Float]
  private let blocks: [SelfAttentionBlock]
  private let norm: NormLayer

  /// A model of given weights.
  ///
  /// - Parameter found: what the fit found by itself.
  /// - Throws: ``RecommenderError`` when a weight is missing, of another shape or not finite.
  public init(
    _ shape: SelfAttentionShape, _ weights: NamedWeights, found: [String: SettingValue] = [:]
  ) throws {
    self.shape = shape
    self.found = found
    self.weights = weights
    items = try weights.values("items", [shape.items, shape.width])
    positions = try weights.values("positions", [shape.maximumLength, shape.width])
    popularity = try weights.values("popularity", [shape.items])
    blocks = try (0..<shape.layers).map { try SelfAttentionBlock(weights, $0, shape) }
    norm = try NormLayer(weights, "norm", width: shape.width)
  }

  /// A model out of a safetensors file that ``write(to:)`` wrote.
  ///
  /// - Throws: `ArtifactError` or ``RecommenderError`` when the file is none, or does not fit its own sizes.
  public init(contentsOf path: String) throws {
    let file = try NamedWeights.read(path)
    try self.init(SelfAttentionShape(metadata: file.metadata), file.weights)
  }

  /// Writes the weights and sizes as a safetensors file.
  public func write(to path: String) throws {
    try weights.write(to: path, metadata: shape.metadata)
  }

  /// Scores all items for neighbouring users.
  public func score(
    _ users: Range<Int>, _ asked: AskedHistories, into target: UnsafeMutableBufferPointer<Float>
  ) {
    guard let target = target.baseAddress, !users.isEmpty else { return }
    let width = shape.width
    withUnsafeTemporaryAllocation(of: Float.self, capacity: users.count * width) { outcomes in
      guard let outcomes = outcomes.baseAddress else { return }
      for (place, user) in users.enumerated() {
        outcome(asked.histories[user], into: outcomes + place * width)
      }
      Kernels.multiplyByTransposed(
        outcomes, leftRows: users.count, items, rightRows: shape.items, columns: width,
        into: target)
    }
    for (place, user) in users.enumerated() where asked.histories[user].isEmpty {
      for item in 0..<shape.items { target[place * shape.items + item] = popularity[item] }
    }
  }

  /// The vector of what comes after a history; zeros after none. O(length² · width + length · width²).
  func outcome(_ history: ArraySlice<Int32>, into outcome: UnsafeMutablePointer<Float>) {
    let (width, last) = (shape.width, history.suffix(shape.maximumLength))
    guard !last.isEmpty else { return outcome.initialize(repeating: 0, count: width) }
    let scratchCount = SelfAttentionBlock.scratchCount(width: width, length: last.count)
    withUnsafeTemporaryAllocation(
      of: Float.self, capacity: last.count * width + scratchCount
    ) { memory in
      guard let values = memory.baseAddress else { return }
      for (place, item) in last.enumerated() {
        for column in 0..<width {
          values[place * width + column] =
            items[Int(item) * width + column] + positions[place * width + column]
        }
      }
      for (number, block) in blocks.enumerated() {
        // After the last layer only the last place is asked for.
        block.apply(
          values, length: last.count, places: number == blocks.count - 1 ? 1 : last.count,
          scratch: values + last.count * width)
      }
      norm.apply(values + (last.count - 1) * width, rows: 1, into: outcome)
    }
  }
}
