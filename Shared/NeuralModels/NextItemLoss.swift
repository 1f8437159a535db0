internal import RecommendationCore

/// What is made small when the next item of a sequence is to be found: the sum over places.
enum NextItemLoss: Sendable {
  /// Cross-entropy of the softmax over all items.
  case softmax
  /// Cross-entropy of the softmax over the wanted item and some drawn evenly, which stand for all.
  case sampledSoftmax(negatives: Int)
  /// gBCE (Petrov, Macdonald 2023): binary cross-entropy with a calibrated power on the wanted item, so that
  /// few negatives do not make the model overconfident. A calibration of 0 is plain cross-entropy, 1 undoes
  /// the sampling.
  case generalizedBinary(negatives: Int, calibration: Double)

  /// The loss of outcomes, a row a place.
  func sum(
    _ outcomes: Tensor, items: Tensor, targets: [Int64], seed: UInt64
  ) throws -> Tensor {
    switch self {
    case .softmax:
      return try outcomes.softmaxLoss(classes: items, targets: targets)
    case .sampledSoftmax(let negatives):
      let drawn = Self.drawn(negatives, of: items.shape[0], seed: seed)
      return try outcomes.softmaxLoss(classes: items, targets: targets, drawn: drawn)
    case .generalizedBinary(let negatives, let calibration):
      let logits = try Logits(outcomes, items, targets, negatives, seed)
      let share = Double(negatives) / Double(max(1, items.shape[0] - 1))
      let power = share * (calibration * (1 - 1 / share) + 1 / share)
      let kept = try logits.positive.logSigmoid().sum().affine(-power)
      let others = try logits.negative.affine(-1).logSigmoid().sum().affine(-1)
      return try (kept + others).affine(1 / Double(negatives + 1))
    }
  }

  private static func drawn(_ count: Int, of items: Int, seed: UInt64) -> [Int64] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Int64.random(in: 0..<Int64(items), using: &generator) }
  }

  /// Scores of each place's wanted item, and of items drawn for all places together.
  private struct Logits {
    let positive: Tensor
    let negative: Tensor

    init(
      _ outcomes: Tensor, _ items: Tensor, _ targets: [Int64], _ count: Int, _ seed: UInt64
    ) throws {
      let drawn = NextItemLoss.drawn(count, of: items.shape[0], seed: seed)
      positive = try (outcomes * items.rows(.indices(targets))).rowSums()
      // A place's wanted item is none of its negatives.
      var places: [Int64: [Int]] = [:]
      for (column, item) in drawn.enumerated() { places[item, default: []].append(column) }
      var mask = [Float](repeating: 0, count: targets.count * count)
      for (row, target) in targets.enumerated() {
        for column in places[target] ?? [] { mask[row * count + column] = -1e9 }
      }
      negative =
        try outcomes.matmul(items.rows(.indices(drawn)).transposed())
        + .values(mask, [targets.count, count])
    }
  }
}
