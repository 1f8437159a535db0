import Foundation
import Artifacts
import Catalogue
import Models
import Text
import Rankers
import RecommendationCore

/// Publishes what was trained, and moves a label to it once all of it is there.
struct BundlePublisher {
  let registry: ModelRegistry
  let dataFingerprint: String
  /// What the catalogue holds, e.g. "films": reasons then say "watched" where it is true.
  let domain: String

  /// The domain of a dataset, by the names that the readers give.
  static func domain(ofDataset name: String) -> String {
    if name.hasPrefix("ml-") { return "films" }
    return name.hasPrefix("world-") ? "goods" : "general"
  }

  func publish(
    _ models: RetrievalModels, ranker: TrainedRanker, items: [Item], label: String
  ) throws -> [TrainJob.Published] {
    var manifests = [
      try models.als.publish(to: registry, dataFingerprint: dataFingerprint),
      try models.itemToItem.publish(to: registry, dataFingerprint: dataFingerprint),
      try models.followed.publish(to: registry, dataFingerprint: dataFingerprint),
      try models.trending.publish(to: registry, dataFingerprint: dataFingerprint),
      try models.segments.publish(to: registry, dataFingerprint: dataFingerprint),
      try models.exposure.publish(to: registry, dataFingerprint: dataFingerprint),
      try models.popularity.publish(to: registry, dataFingerprint: dataFingerprint),
      try registry.publish(
        kind: CatalogueFile.bundleKind,
        description: BundleDescription(
          name: "catalogue", dataFingerprint: dataFingerprint, parameters: ["domain": domain])
      ) { folder in
        try CatalogueFile.write(items, to: folder.appendingPathComponent(CatalogueFile.name))
      },
      try RankerFiles.publish(
        ranker.ranker, in: registry,
        description: BundleDescription(
          name: "LambdaMART", dataFingerprint: dataFingerprint, metrics: ranker.metrics,
          parameters: ranker.parameters)),
    ]
    if let content = models.content {
      manifests.append(try content.publish(to: registry, dataFingerprint: dataFingerprint))
    }
    for manifest in manifests {
      try registry.setLabel(
        kind: manifest.kind, label: label, version: manifest.version)
    }
    return manifests.map {
      TrainJob.Published(kind: $0.kind, version: $0.version, metrics: $0.metrics)
    }
  }
}
