import Artifacts
import Catalogue
import Datasets
import Foundation
import Models
import RecommendationCore
import RecommendationProtos
import SyntheticWorld
import Text

@testable import PipelineJobs

/// A small generated world with every model that sources search, fitted by the training's own code.
struct TrainedWorld: Sendable {
  let dataset: Dataset
  let log: TrainingLog
  let models: RetrievalModels

  /// The one that tests share, fitted when the first of them asks.
  static var shared: TrainedWorld { get async throws { try await making.value } }

  private static let making = Task { try await make() }

  private static func make() async throws -> TrainedWorld {
    var dataset = await GeneratedWorld.make(
      WorldConfiguration(seed: 4, items: 250, users: 300, imagePixels: 0)
    ).dataset
    HoldoutSplit().apply(to: &dataset)
    let log = TrainingLog(dataset)
    let models = try RetrievalModels.fit(
      log, before: nil, configuration: ALSConfiguration(factors: 8, epochs: 3)
    ) { _ in }
    return TrainedWorld(dataset: dataset, log: log, models: models)
  }

  /// Publishes everything as production.
  func publish(to registry: ModelRegistry) throws {
    var manifests = [
      try models.als.publish(to: registry), try models.itemToItem.publish(to: registry),
      try models.followed.publish(to: registry), try models.trending.publish(to: registry),
      try models.segments.publish(to: registry), try models.exposure.publish(to: registry),
      try registry.publish(
        kind: CatalogueFile.bundleKind, description: BundleDescription(name: "catalogue")
      ) {
        try CatalogueFile.write(
          dataset.items, to: $0.appendingPathComponent(CatalogueFile.name))
      },
    ]
    if let content = models.content { manifests.append(try content.publish(to: registry)) }
    for manifest in manifests {
      try registry.setLabel(
        kind: manifest.kind, label: "production", version: manifest.version)
    }
  }

  /// A moment after all acts.
  var now: Int64 { log.lastMilliseconds + 1 }

  /// What a user did, newest first, one entry an item.
  func history(_ user: Int) -> History {
    var history = History()
    var known = Set<ItemID>()
    let table = dataset.interactions
    for row in log.rows.reversed().map(Int.init) where Int(table.users[row]) == user {
      let item = log.items[Int(table.items[row])]
      guard known.insert(item).inserted else { continue }
      history.items.append(item)
      history.weights.append(table.preference(row))
      history.timesMilliseconds.append(table.timesMilliseconds[row])
    }
    return history
  }
}
