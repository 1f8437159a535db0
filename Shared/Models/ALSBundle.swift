import Artifacts
import Foundation
import LinearAlgebra
import RecommendationCore

/// Saving and loading: `model.safetensors` with `item_keys` (u64, rising), `item_factors` (f32,
/// items × factors) and `gram` (f32, factors × factors); the settings are the manifest's parameters.
extension ALSModel {
  static let tensorFile = "model.safetensors"

  /// Publishes the model.
  ///
  /// - Parameters:
  ///   - version: nil for the next free one.
  ///   - metrics: figures measured on it.
  /// - Returns: the manifest, with its version.
  public func publish(
    to registry: ModelRegistry, name: String = "iALS", version: String? = nil,
    dataFingerprint: String = "", metrics: [String: Double] = [:]
  ) throws -> BundleManifest {
    let description = BundleDescription(
      name: name, dataFingerprint: dataFingerprint, metrics: metrics,
      parameters: configuration.parameters)
    return try registry.publish(
      kind: Self.kind, version: version, description: description, writeFiles: write)
  }

  /// Writes the model's tensors into a folder.
  public func write(to folder: URL) throws {
    try SafetensorsFile.write(
      [
        "item_keys": TensorData(items.ids.map(\.rawValue)),
        "item_factors": TensorData(
          itemFactors.values, shape: [itemFactors.rows, itemFactors.columns]),
        "gram": TensorData(gram.values, shape: [gram.rows, gram.columns]),
      ], to: folder.appendingPathComponent(Self.tensorFile).path)
  }

  /// Loads a model.
  ///
  /// - Throws: ``ModelError`` or an `ArtifactError` when the bundle does not hold a model.
  public init(bundle: ModelBundle) throws {
    let configuration = try ALSConfiguration(parameters: bundle.manifest.parameters)
    let factors = configuration.factors
    let file = try SafetensorsFile.open(bundle.path(Self.tensorFile))
    let keys = try file.values("item_keys", as: UInt64.self, shape: [-1])
    let values = try file.values("item_factors", as: Float.self, shape: [keys.count, factors])
    let gramValues = try file.values("gram", as: Float.self, shape: [factors, factors])
    guard let matrix = Matrix(rows: keys.count, columns: factors, values: values),
      let gram = Matrix(rows: factors, columns: factors, values: gramValues)
    else { throw ModelError(.malformed, "tensors of other shapes than promised") }
    try self.init(
      items: ItemRows(sorted: keys.map { ItemID(rawValue: $0) }), itemFactors: matrix, gram: gram,
      configuration: configuration)
  }
}

extension ALSConfiguration {
  /// The settings as a manifest holds them.
  public var parameters: [String: String] {
    [
      "factors": "\(factors)", "epochs": "\(epochs)", "unobserved_weight": "\(unobservedWeight)",
      "regularization": "\(regularization)",
      "regularization_exponent": "\(regularizationExponent)",
      "history_half_life": "\(historyHalfLife)", "initial_deviation": "\(initialDeviation)",
      "seed": "\(seed)",
    ]
  }

  /// Settings from a manifest.
  ///
  /// - Throws: ``ModelError/Code/malformed`` when one is missing or not a number.
  public init(parameters: [String: String]) throws {
    func value<Value: LosslessStringConvertible>(_ key: String) throws -> Value {
      guard let value = parameters[key].flatMap(Value.init) else {
        throw ModelError(.malformed, "parameter \(key) is missing or not a number")
      }
      return value
    }
    self.init(
      factors: try value("factors"), epochs: try value("epochs"),
      unobservedWeight: try value("unobserved_weight"),
      regularization: try value("regularization"),
      regularizationExponent: try value("regularization_exponent"),
      historyHalfLife: try value("history_half_life"),
      initialDeviation: try value("initial_deviation"), seed: try value("seed"))
  }
}
