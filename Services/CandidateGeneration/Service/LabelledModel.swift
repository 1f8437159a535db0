import Artifacts
import ServiceRuntime

/// The bundle of one kind that a label names, loaded and made ready to answer; follows the label.
struct LabelledModel<Model: Sendable>: Sendable {
  /// The bundle's kind.
  let kind: String
  private let label: String
  private let models: LoadedModels<Model>

  /// - Parameter load: makes a bundle ready; long work, off the request's way. What it throws keeps the bundle
  ///   from becoming current.
  init(
    registry: ModelRegistry, kind: String, label: String,
    load: @escaping @Sendable (ModelBundle) throws -> Model
  ) {
    self.kind = kind
    self.label = label
    models = LoadedModels(registry: registry, kind: kind) { manifest, registry in
      try load(registry.open(kind: manifest.kind, version: manifest.version))
    }
  }

  /// What serves now.
  var current: LoadedModels<Model>.Entry? { models.entry(label: label) }
  /// Its version; empty while there is none.
  var version: String { current?.version ?? "" }
  /// Why a source that needs it cannot answer.
  var absence: SourceReply.Outcome { .failed(reason: "no \(kind) bundle is labelled \(label)") }

  /// Loads what the label names by now. Blocks while it loads.
  func refresh() throws -> [LabelChange] { try models.refreshedLabels() }
}
