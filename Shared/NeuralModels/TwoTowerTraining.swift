internal import RecommendationCore
internal import Recommenders

/// A training of two towers.
struct TwoTowerTraining {
  /// Each shard makes the vectors of all items of the batch, so few do.
  private static let shards = 2

  let network: TwoTowerNetwork
  let loss: TwoTowerLoss
  let adam: Adam
  let batches: PairBatches
  let feedback: Feedback
  let unknownShare: Double
  let passes: Int

  func run(_ context: FitContext) throws -> TwoTowerModel {
    let parameters = Parameters()
    try network.addParameters(to: parameters, seed: context.seed)
    let training = try ShardedTraining(
      parameters, shards: Self.shards, threads: context.threads)
    return try TrainingLoop(passes: passes, context: context).run(
      pass: { try pass(training, &$0, context) },
      model: {
        try TwoTowerModel(
          network.shape, parameters.weights(), byItem: feedback.byItem,
          found: ["epochs": .integer($0)])
      })
  }

  private func pass(
    _ training: ShardedTraining, _ generator: inout SeededGenerator, _ context: FitContext
  ) throws -> Double {
    var (total, count) = (0.0, 0)
    for batch in batches.pass(negatives: loss.drawsItems ? 1 : 0, &generator) {
      if context.shouldStop { break }
      let (seed, pairs) = (generator.next(), batch.users.count)
      let mean = try training.step(adam) { shard, parameters in
        let range = (pairs * shard / Self.shards)..<(pairs * (shard + 1) / Self.shards)
        guard !range.isEmpty else { return nil }
        let users = try network.users(
          parameters, users(batch, range, seed: seed), seed: seed &+ UInt64(shard) &+ 1)
        // The same dropout in each shard: it is one batch.
        let items = try network.items(parameters, batch.items, seed: seed)
        let drawn =
          loss.drawsItems
          ? try network.items(
            parameters, Array(batch.others[range]), seed: seed &+ UInt64(shard) &+ 100) : nil
        return try loss.sum(
          users, pairs: range, items: batch.items, vectors: items, drawn: drawn
        ).affine(1 / Double(pairs))
      }
      total += mean * Double(pairs)
      count += pairs
    }
    return total / Double(max(1, count))
  }

  /// A user's history goes in without the pair's own item, which is to be found.
  private func users(
    _ batch: PairBatches.Batch, _ pairs: Range<Int>, seed: UInt64
  ) -> TwoTowerNetwork.Users {
    var generator = SeededGenerator(seed: seed &+ UInt64(pairs.lowerBound))
    var users = TwoTowerNetwork.Users()
    for pair in pairs {
      let user = Int(batch.users[pair])
      users.rows.append(batch.users[pair])
      users.known.append(Double.random(in: 0..<1, using: &generator) < unknownShare ? 0 : 1)
      let others = feedback.histories[user].suffix(network.shape.historyLength + 1)
        .map(Int64.init).filter { $0 != batch.items[pair] }
      users.items += others.suffix(network.shape.historyLength)
      users.starts.append(Int64(users.items.count))
    }
    return users
  }
}
