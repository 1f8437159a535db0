internal import Models
internal import RecommendationCore
internal import Recommenders

/// How the three kinds of neural collaborative filtering learn.
enum NeuralCollaborativeFit {
  static let settings: [Setting] = [
    .integer("factors", 4...512, search: 8...128, logarithmic: true, "values of the last layer") {
      $0.pairs < 100_000 ? 32 : 64
    },
    .integer("negatives", 1...100, search: 2...16, "items drawn against each taken one") { _ in 4 },
    .integer("batch", 16...1_048_576, "pairs of a step, without what is drawn against them") {
      // Some hundred steps a pass.
      max(256, min(8192, $0.pairs / 256))
    },
    .real("rate", 1e-6...1, search: 3e-4...1e-2, logarithmic: true, "length of Adam's steps") { _ in
      0.001
    },
    .real("decay", 0...10, search: 1e-4...1, logarithmic: true, "decoupled weight decay") { _ in
      0.01
    },
    .integer("epochs", 1...10_000, "passes at most") { _ in 40 },
  ]

  static func run(
    _ feedback: Feedback, _ values: SettingValues, hasProduct: Bool, hasLayers: Bool,
    _ context: FitContext
  ) throws -> NeuralCollaborativeModel {
    let shape = NeuralCollaborativeShape(
      users: feedback.userCount, items: feedback.itemCount, factors: values.integer("factors"),
      hasProduct: hasProduct, hasLayers: hasLayers)
    guard feedback.pairCount > 0 else {
      throw RecommenderError(.unsuitableData, "there is nothing to learn from")
    }
    let network = NeuralCollaborativeNetwork(shape: shape)
    let parameters = Parameters()
    try network.addParameters(to: parameters, seed: context.seed)
    let training = try ShardedTraining(parameters, shards: 2, threads: context.threads)
    let batches = PairBatches(
      byUser: feedback.byUser, itemCount: feedback.itemCount, batchSize: values.integer("batch"))
    let adam = Adam(rate: values.real("rate"), decay: values.real("decay"))
    let negatives = values.integer("negatives")
    return try TrainingLoop(passes: values.integer("epochs"), context: context).run(
      pass: { generator in
        var (total, count) = (0.0, 0)
        for batch in batches.pass(negatives: negatives, &generator) {
          if context.shouldStop { break }
          let pairs = batch.users.count
          total +=
            try training.step(adam) { shard, parameters in
              let part = batch.part(shard, of: 2)
              if part.users.isEmpty { return nil }
              return try network.loss(parameters, part, negatives: negatives)
                .affine(1 / Double(pairs))
            } * Double(pairs)
          count += pairs
        }
        return total / Double(max(1, count))
      },
      model: {
        try NeuralCollaborativeModel(
          shape, parameters.weights(), byItem: feedback.byItem,
          found: ["epochs": .integer($0)])
      })
  }
}

extension PairBatches.Batch {
  /// A part of the pairs, as even as can be.
  func part(_ number: Int, of parts: Int) -> Self {
    let range = (users.count * number / parts)..<(users.count * (number + 1) / parts)
    let drawn = others.count / max(1, users.count)
    return Self(
      users: Array(users[range]), items: Array(items[range]),
      others: Array(others[(range.lowerBound * drawn)..<(range.upperBound * drawn)]))
  }
}
