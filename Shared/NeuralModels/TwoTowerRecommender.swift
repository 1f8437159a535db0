internal import Foundation
internal import Models
internal import RecommendationCore
public import Recommenders

/// Two towers (Yi et al. 2019): a user's vector and history, an item's vector and popularity, each through
/// layers of 256, 128 and 128 to a unit vector.
///
/// Learning gives the same model for a seed on any number of threads.
public struct TwoTowerRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "two-tower"
  /// What it is, in a line.
  public static let summary =
    "user and item through layers of their own to unit vectors (Yi et al. 2019; libtorch)"
  /// Its settings.
  public static let settings: [Setting] = [
    .integer("width", 4...512, search: 16...128, logarithmic: true, "values of an id's vector") {
      _ in 64
    },
    .integer("history", 1...1000, "items of a history whose mean goes in") { _ in 50 },
    .names("loss", ["softmax", "bpr", "mse"], isSearched: false, "what is made small") { _ in
      "softmax"
    },
    .real("temperature", 0.01...1, search: 0.03...0.3, logarithmic: true, "divides the cosines") {
      _ in 0.1
    },
    .real("dropout", 0...0.9, search: 0...0.5, "share of values dropped after the first layer") {
      _ in 0.3
    },
    .real("unknown", 0...1, "share of users that learn without a vector of their own") { _ in 0.2 },
    .integer("batch", 2...65_536, "pairs of a step") { _ in 2048 },
    .real("rate", 1e-6...1, search: 3e-4...3e-3, logarithmic: true, "length of Adam's steps") {
      _ in 0.001
    },
    .integer("epochs", 1...10_000, "passes at most") { _ in 60 },
  ]
  private let values: SettingValues

  /// A recommender with settings of ``settings``.
  public init(_ values: SettingValues) { self.values = values }

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    guard feedback.pairCount > 0 else {
      throw RecommenderError(.unsuitableData, "there is nothing to learn from")
    }
    let counts = (0..<feedback.itemCount).map { Float(feedback.byItem.range($0).count) }
    let shape = TwoTowerShape(
      users: feedback.userCount, items: feedback.itemCount, width: values.integer("width"),
      historyLength: values.integer("history"))
    let training = TwoTowerTraining(
      network: TwoTowerNetwork(
        shape: shape, dropout: values.real("dropout"),
        popularity: TwoTowerShape.popularity(users: counts)),
      loss: loss(counts, pairs: feedback.pairCount), adam: Adam(rate: values.real("rate")),
      batches: PairBatches(
        byUser: feedback.byUser, itemCount: feedback.itemCount, batchSize: values.integer("batch")),
      feedback: feedback, unknownShare: values.real("unknown"), passes: values.integer("epochs"))
    return try training.run(context)
  }

  private func loss(_ counts: [Float], pairs: Int) -> TwoTowerLoss {
    let temperature = values.real("temperature")
    return switch values.name("loss") {
    case "bpr": .pairwise(temperature: temperature)
    case "mse": .squared
    default:
      .batchSoftmax(
        temperature: temperature, logShares: counts.map { logf(max($0, 1) / Float(pairs)) })
    }
  }
}
