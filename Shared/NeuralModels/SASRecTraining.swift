internal import RecommendationCore
internal import Recommenders

/// A training of SASRec.
struct SASRecTraining {
  /// Parts of a batch. More would use more cores, each at the price of another gradient of the items' table.
  static let shards = 2

  let network: SelfAttentionNetwork
  let loss: NextItemLoss
  let adam: Adam
  let batches: SequenceBatches
  let passes: Int
  let popularity: [Float]

  func run(_ context: FitContext) throws -> SelfAttentionModel {
    let parameters = Parameters()
    try network.addParameters(to: parameters, seed: context.seed)
    let training = try ShardedTraining(
      parameters, shards: Self.shards, threads: context.threads)
    return try TrainingLoop(passes: passes, context: context).run(
      pass: { try pass(training, &$0, context) }, model: { try model(parameters, passes: $0) })
  }

  /// - Returns: the mean loss of a place.
  private func pass(
    _ training: ShardedTraining, _ generator: inout SeededGenerator, _ context: FitContext
  ) throws -> Double {
    var (total, places) = (0.0, 0)
    for batch in batches.pass(&generator) {
      if context.shouldStop { break }
      let count = batch.reduce(0) { $0 + $1.items.count }
      let seed = generator.next()
      let (network, loss) = (network, loss)
      let mean = try training.step(adam) { shard, parameters in
        let part = batch[shard]
        guard !part.items.isEmpty else { return nil }
        let seed = seed &+ UInt64(shard) << 32
        let outcomes = try network.outcomes(parameters, part, seed: seed)
        return try loss.sum(outcomes, items: parameters("items"), targets: part.targets, seed: seed)
          .affine(1 / Double(count))
      }
      total += mean * Double(count)
      places += count
    }
    return total / Double(max(1, places))
  }

  private func model(_ parameters: Parameters, passes: Int) throws -> SelfAttentionModel {
    var weights = try parameters.weights()
    weights["popularity"] = NamedWeights.Entry(values: popularity, shape: [popularity.count])
    return try SelfAttentionModel(network.shape, weights, found: ["epochs": .integer(passes)])
  }
}
