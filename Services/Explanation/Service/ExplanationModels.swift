import Artifacts
import Catalogue
import Explanations
import Logging
import Models
import RecommendationCore
import ServiceRuntime
import Text

/// The models that evidence comes from, each following its label.
final class ExplanationModels: Sendable {
  let collaborative: LoadedModels<ALSModel>
  let trending: LoadedModels<TrendingPlaces>
  let content: LoadedModels<TextSpace>
  private let domains: LoadedModels<CatalogueDomain>
  private let configuration: ExplanationConfiguration
  private let labels: LabelLog

  init(configuration: ExplanationConfiguration, logger: Logger) {
    self.configuration = configuration
    labels = LabelLog(service: "explanation", logger: logger)
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
    content = LoadedModels(registry: registry, kind: TextSpace.kind) { manifest, registry in
      try TextSpace(bundle: registry.open(kind: manifest.kind, version: manifest.version))
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

  /// The text space that its label gives.
  var currentContent: LoadedModels<TextSpace>.Entry? {
    content.entry(label: configuration.contentLabel)
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
    labels.record(collaborative.kind) { try collaborative.refreshedLabels() }
    labels.record(trending.kind) { try trending.refreshedLabels() }
    labels.record(content.kind) { try content.refreshedLabels() }
    labels.record(domains.kind) { try domains.refreshedLabels() }
  }
}
