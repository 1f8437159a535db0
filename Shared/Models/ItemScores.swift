import Artifacts
import Foundation
import LinearAlgebra
import RecommendationCore

/// One score an item, the same for every user: what popularity and trending come down to.
///
/// Bundle: `scores.safetensors` with `item_keys` (u64, rising) and `scores` (f32).
public struct ItemScores: Sendable {
  static let tensorFile = "scores.safetensors"

  /// The items and their rows.
  public let items: ItemRows
  /// The score of each row.
  public let scores: [Float]
  /// Rows, best first; ties by item. Rows without a finite score are left out.
  public let ranking: [Int32]

  /// Scores of items.
  ///
  /// - Throws: ``ModelError/Code/malformed`` unless there is one score an item.
  public init(items: ItemRows, scores: [Float]) throws {
    guard scores.count == items.count else {
      throw ModelError(.malformed, "\(scores.count) scores for \(items.count) items")
    }
    self.items = items
    self.scores = scores
    let selector = TopKSelector(capacity: items.count)
    scores.withUnsafeBufferPointer { selector.offer($0, firstRow: 0) }
    ranking = selector.drained().rows
  }

  /// Sums per item, in the order of the items' keys.
  init(sums: [ItemID: Double]) throws {
    let ids = sums.keys.sorted()
    try self.init(
      items: ItemRows(sorted: ids), scores: ids.map { Float(sums[$0] ?? 0) })
  }

  /// The score of an item; nil when it has none.
  public func score(of item: ItemID) -> Float? { items.row(of: item).map { scores[$0] } }

  /// Publishes the scores as a bundle.
  public func publish(
    kind: String, to registry: ModelRegistry, name: String, version: String? = nil,
    dataFingerprint: String = "", metrics: [String: Double] = [:],
    parameters: [String: String] = [:]
  ) throws -> BundleManifest {
    let description = BundleDescription(
      name: name, dataFingerprint: dataFingerprint, metrics: metrics, parameters: parameters)
    return try registry.publish(kind: kind, version: version, description: description) { folder in
      try SafetensorsFile.write(
        [
          "item_keys": TensorData(items.ids.map(\.rawValue)), "scores": TensorData(scores),
        ], to: folder.appendingPathComponent(Self.tensorFile).path)
    }
  }

  /// Loads scores.
  public init(bundle: ModelBundle) throws {
    let file = try SafetensorsFile.open(bundle.path(Self.tensorFile))
    let keys = try file.values("item_keys", as: UInt64.self, shape: [-1])
    try self.init(
      items: ItemRows(sorted: keys.map { ItemID(rawValue: $0) }),
      scores: file.values("scores", as: Float.self, shape: [keys.count]))
  }
}
