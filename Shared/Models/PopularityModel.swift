import Artifacts
import RecommendationCore

/// How much each item was liked, by all users and at all times: the baseline that every other model has
/// to beat.
public struct PopularityModel: Sendable {
  /// The bundle kind of such models.
  public static let kind = "popularity"
  /// Sum of positive weights by item.
  public let scores: ItemScores

  /// Sums the positive weights of each item. O(acts).
  public static func fit(items: [ItemID], weights: [Float]) throws -> PopularityModel {
    guard items.count == weights.count else {
      throw ModelError(.invalidArgument, "columns of different lengths")
    }
    var sums: [ItemID: Double] = [:]
    for (item, weight) in zip(items, weights) where weight > 0 && weight.isFinite {
      sums[item, default: 0] += Double(weight)
    }
    return PopularityModel(scores: try ItemScores(sums: sums))
  }

  /// Publishes the model.
  public func publish(
    to registry: ModelRegistry, version: String? = nil, dataFingerprint: String = "",
    metrics: [String: Double] = [:]
  ) throws -> BundleManifest {
    try scores.publish(
      kind: Self.kind, to: registry, name: "popularity", version: version,
      dataFingerprint: dataFingerprint, metrics: metrics)
  }

  /// Loads a model.
  public init(bundle: ModelBundle) throws { scores = try ItemScores(bundle: bundle) }

  init(scores: ItemScores) { self.scores = scores }
}
