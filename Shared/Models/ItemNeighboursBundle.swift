import Artifacts
import Foundation
import RecommendationCore

/// Saving and loading: `neighbours.safetensors` with `item_keys` (u64, rising), `starts` (i32, one more than
/// items), `neighbours` (i32) and `similarities` (f32); the settings are the manifest's parameters.
extension ItemNeighbours {
  static let tensorFile = "neighbours.safetensors"

  /// Publishes the model; its kind is the relation.
  public func publish(
    to registry: ModelRegistry, version: String? = nil, dataFingerprint: String = "",
    metrics: [String: Double] = [:]
  ) throws -> BundleManifest {
    let description = BundleDescription(
      name: relation.rawValue, dataFingerprint: dataFingerprint, metrics: metrics,
      parameters: configuration.parameters)
    return try registry.publish(
      kind: relation.rawValue, version: version, description: description
    ) { folder in
      try SafetensorsFile.write(
        [
          "item_keys": TensorData(items.ids.map(\.rawValue)), "starts": TensorData(starts),
          "neighbours": TensorData(neighbours), "similarities": TensorData(similarities),
        ], to: folder.appendingPathComponent(Self.tensorFile).path)
    }
  }

  /// Loads a model.
  ///
  /// - Throws: ``ModelError`` or an `ArtifactError` when the bundle does not hold one.
  public init(bundle: ModelBundle) throws {
    guard let relation = Relation(rawValue: bundle.manifest.kind) else {
      throw ModelError(.malformed, "\(bundle.manifest.kind) is no kind of neighbours")
    }
    let file = try SafetensorsFile.open(bundle.path(Self.tensorFile))
    let keys = try file.values("item_keys", as: UInt64.self, shape: [-1])
    let neighbours = try file.values("neighbours", as: Int32.self, shape: [-1])
    try self.init(
      relation: relation, items: ItemRows(sorted: keys.map { ItemID(rawValue: $0) }),
      starts: file.values("starts", as: Int32.self, shape: [keys.count + 1]),
      neighbours: neighbours,
      similarities: file.values("similarities", as: Float.self, shape: [neighbours.count]),
      configuration: ItemNeighboursConfiguration(parameters: bundle.manifest.parameters))
  }
}
