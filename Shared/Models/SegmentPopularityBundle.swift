import Artifacts
import Foundation
import RecommendationCore

/// Saving and loading: `segments.safetensors` with `item_keys` and `segments` (u64, rising), `strengths` (f32),
/// `starts` (i32, one more than segments), `rows` (i32) and `shares` (f32).
extension SegmentPopularity {
  static let tensorFile = "segments.safetensors"

  /// Publishes the model.
  public func publish(
    to registry: ModelRegistry, version: String? = nil, dataFingerprint: String = "",
    metrics: [String: Double] = [:]
  ) throws -> BundleManifest {
    let description = BundleDescription(
      name: Self.kind, dataFingerprint: dataFingerprint,
      metrics: metrics.merging(["segments": Double(segments.count)]) { given, _ in given })
    return try registry.publish(kind: Self.kind, version: version, description: description) {
      folder in
      try SafetensorsFile.write(
        [
          "item_keys": TensorData(items.ids.map(\.rawValue)), "segments": TensorData(segments),
          "strengths": TensorData(strengths), "starts": TensorData(starts),
          "rows": TensorData(rows), "shares": TensorData(shares),
        ], to: folder.appendingPathComponent(Self.tensorFile).path)
    }
  }

  /// Loads a model.
  ///
  /// - Throws: ``ModelError`` or an `ArtifactError` when the bundle does not hold one.
  public init(bundle: ModelBundle) throws {
    let file = try SafetensorsFile.open(bundle.path(Self.tensorFile))
    let keys = try file.values("item_keys", as: UInt64.self, shape: [-1])
    let segments = try file.values("segments", as: UInt64.self, shape: [-1])
    let rows = try file.values("rows", as: Int32.self, shape: [-1])
    try self.init(
      items: ItemRows(sorted: keys.map { ItemID(rawValue: $0) }), segments: segments,
      strengths: file.values("strengths", as: Float.self, shape: [segments.count]),
      starts: file.values("starts", as: Int32.self, shape: [segments.count + 1]), rows: rows,
      shares: file.values("shares", as: Float.self, shape: [rows.count]))
  }
}
