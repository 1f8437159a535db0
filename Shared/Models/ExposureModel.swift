import Artifacts
import RecommendationCore

/// How often each item has come before people's eyes: what says which items too little is known of.
public struct ExposureModel: Sendable {
  /// The bundle kind of such models.
  public static let kind = "exposure"
  /// Times that an item was shown or acted upon. Items that never were have no score.
  public let counts: ItemScores

  /// Counts each time that an item was shown or acted upon. O(entries).
  public static func fit(exposed: some Sequence<ItemID>) throws -> ExposureModel {
    var sums: [ItemID: Double] = [:]
    for item in exposed { sums[item, default: 0] += 1 }
    return ExposureModel(counts: try ItemScores(sums: sums))
  }

  /// The items that were exposed least: those below the median of the given ones, and of those that share
  /// the median all.
  ///
  /// - Parameter items: of which; those without a count have 0.
  /// - Complexity: O(items · log items).
  public func underExposed(_ items: [ItemID]) -> [ItemID] {
    let known = items.map { counts.score(of: $0) ?? 0 }
    let sorted = known.sorted()
    guard !sorted.isEmpty else { return [] }
    let bar = sorted[(sorted.count - 1) / 2]
    return items.indices.filter { known[$0] <= bar }.map { items[$0] }
  }

  /// Publishes the model.
  public func publish(
    to registry: ModelRegistry, version: String? = nil, dataFingerprint: String = "",
    metrics: [String: Double] = [:]
  ) throws -> BundleManifest {
    try counts.publish(
      kind: Self.kind, to: registry, name: Self.kind, version: version,
      dataFingerprint: dataFingerprint, metrics: metrics)
  }

  /// Loads a model.
  public init(bundle: ModelBundle) throws { counts = try ItemScores(bundle: bundle) }

  init(counts: ItemScores) { self.counts = counts }
}
