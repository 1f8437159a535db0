import Artifacts
import Catalogue
import CoreMetrics
import Explanations
import Foundation
import Logging
import Models
import RecommendationCore

/// The models that evidence comes from, each following its label.
final class ExplanationModels: Sendable {
  let collaborative: LoadedModels<ALSModel>
  let trending: LoadedModels<TrendingPlaces>
  private let domains: LoadedModels<CatalogueDomain>
  private let configuration: ExplanationConfiguration
  private let logger: Logger
  private let switches = Counter(label: "recsys_explanation_model_switches_total")
  private let failures = Counter(label: "recsys_explanation_model_load_failures_total")

  init(configuration: ExplanationConfiguration, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
    let registry = ModelRegistry(root: configuration.registryPath)
    collaborative = LoadedModels(registry: registry, kind: ALSModel.kind) { manifest, registry in
      let model = try ALSModel(
        bundle: registry.open(kind: manifest.kind, version: manifest.version))
      try Self.tryOut(model)
      return model
    }
    trending = LoadedModels(registry: registry, kind: TrendingModel.kind) { manifest, registry in
      TrendingPlaces(
        try TrendingModel(bundle: registry.open(kind: manifest.kind, version: manifest.version)))
    }
    // Of the catalogue bundle, the manifest is enough.
    domains = LoadedModels(registry: registry, kind: CatalogueFile.bundleKind) { manifest, _ in
      CatalogueDomain(rawValue: manifest.parameters["domain"] ?? "") ?? .general
    }
  }

  /// The collaborative model that its label gives.
  var currentCollaborative: LoadedModels<ALSModel>.Entry? {
    collaborative.entry(label: configuration.collaborativeLabel)
  }

  /// The trending model that its label gives.
  var currentTrending: LoadedModels<TrendingPlaces>.Entry? {
    trending.entry(label: configuration.trendingLabel)
  }

  /// What the catalogue holds, as configured, or as its bundle says.
  var domain: CatalogueDomain {
    configuration.domain ?? domains.entry(label: configuration.catalogueLabel)?.model ?? .general
  }

  /// Takes one score apart: the parts must add up to what the model itself says.
  private static func tryOut(_ model: ALSModel) throws {
    let items = Array(model.itemIDs.prefix(8))
    let history = History(
      items: items, weights: items.map { _ in 1 }, timesMilliseconds: items.map { _ in 0 })
    let user = try model.foldIn(history)
    for explanation in try model.contributions(history, items: items) {
      let score = model.score(user, item: explanation.item) ?? .nan
      guard abs(score - explanation.score) <= 1e-2 * max(1, abs(score)) else {
        throw ModelError(.malformed, "the parts of a score do not add up to it")
      }
    }
  }

  /// Loads what the labels name by now. Blocks while it loads.
  func refresh() {
    record(collaborative.kind) { try collaborative.refresh().map(Outcome.init) }
    record(trending.kind) { try trending.refresh().map(Outcome.init) }
    record(domains.kind) { try domains.refresh().map(Outcome.init) }
  }

  /// Refreshes until the task is cancelled.
  func follow() async {
    while !Task.isCancelled {
      do {
        try await Task.sleep(for: configuration.refreshInterval)
      } catch {
        return
      }
      refresh()
    }
  }

  /// A change of a label, whatever the kind of model.
  private struct Outcome {
    var isFailure: Bool
    var metadata: Logger.Metadata

    init<Model>(_ change: LoadedModels<Model>.Change) {
      switch change {
      case .switched(let label, let from, let to):
        isFailure = false
        metadata = ["label": "\(label)", "from": "\(from ?? "")", "to": "\(to)"]
      case .removed(let label, let version):
        isFailure = false
        metadata = ["label": "\(label)", "from": "\(version)", "to": ""]
      case .failed(let label, let version, let reason):
        isFailure = true
        metadata = ["label": "\(label)", "version": "\(version)", "reason": "\(reason)"]
      }
    }
  }

  private func record(_ kind: String, _ refresh: () throws -> [Outcome]) {
    do {
      for outcome in try refresh() {
        var metadata = outcome.metadata
        metadata["kind"] = "\(kind)"
        if outcome.isFailure {
          failures.increment()
          logger.error("model refused, the one before serves on", metadata: metadata)
        } else {
          switches.increment()
          logger.notice("label switched", metadata: metadata)
        }
      }
    } catch {
      logger.error(
        "registry cannot be read", metadata: ["kind": "\(kind)", "error": "\(error)"])
    }
  }
}
