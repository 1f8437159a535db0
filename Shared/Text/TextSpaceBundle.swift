import Artifacts
import Foundation
import LinearAlgebra

/// Saving and loading: `space.safetensors` with `terms` (u64, rising), `rarity` (f32) and `projection` (f32, terms
/// × dimensions).
extension TextSpace {
  static let tensorFile = "space.safetensors"

  /// Publishes the space.
  public func publish(
    to registry: ModelRegistry, version: String? = nil, dataFingerprint: String = "",
    metrics: [String: Double] = [:]
  ) throws -> BundleManifest {
    let description = BundleDescription(
      name: "TF-IDF and SVD", dataFingerprint: dataFingerprint,
      metrics: metrics.merging(["terms": Double(vectorizer.terms.count)]) { given, _ in given },
      parameters: [
        "dimensions": "\(dimensions)", "history_half_life": "\(historyHalfLife)",
      ])
    return try registry.publish(kind: Self.kind, version: version, description: description) {
      folder in
      try SafetensorsFile.write(
        [
          "terms": TensorData(vectorizer.terms), "rarity": TensorData(vectorizer.rarity),
          "projection": TensorData(
            projection.values, shape: [projection.rows, projection.columns]),
        ], to: folder.appendingPathComponent(Self.tensorFile).path)
    }
  }

  /// Loads a space.
  ///
  /// - Throws: ``TextError`` or an `ArtifactError` when the bundle does not hold one.
  public init(bundle: ModelBundle) throws {
    let parameters = bundle.manifest.parameters
    guard let dimensions = parameters["dimensions"].flatMap(Int.init), dimensions > 0,
      let halfLife = parameters["history_half_life"].flatMap(Float.init)
    else { throw TextError(.malformed, "a content bundle without dimensions or half-life") }
    let file = try SafetensorsFile.open(bundle.path(Self.tensorFile))
    let terms = try file.values("terms", as: UInt64.self, shape: [-1])
    let values = try file.values("projection", as: Float.self, shape: [terms.count, dimensions])
    guard
      let vectorizer = TermVectorizer(
        terms: terms, rarity: try file.values("rarity", as: Float.self, shape: [terms.count])),
      let projection = Matrix(rows: terms.count, columns: dimensions, values: values),
      let space = TextSpace(
        vectorizer: vectorizer, projection: projection, historyHalfLife: halfLife)
    else { throw TextError(.malformed, "terms and projection that do not fit each other") }
    self = space
  }
}
