import Artifacts
import Catalogue
import Foundation
import Logging
import RPC
import RecommendationCore
import ServiceContracts

/// The live catalogue: the bundle's at first, then the Feature service's.
struct CatalogueReplica: Sendable {
  let live = LiveCatalogue()
  private let configuration: CandidatesConfiguration
  private let follower: CatalogueFollower?
  private let logger: Logger

  init(configuration: CandidatesConfiguration, logger: Logger) throws {
    self.configuration = configuration
    self.logger = logger
    follower =
      configuration.featuresTarget.isEmpty
      ? nil
      : CatalogueFollower(
        client: FeatureClient(channel: try Channel(target: configuration.featuresTarget)),
        catalogue: live)
  }

  /// The catalogue as of training, until the Feature service has sent its own.
  func loadBundle() {
    let registry = ModelRegistry(root: configuration.registryPath)
    do {
      let kind = CatalogueFile.bundleKind
      guard let version = try registry.labels(kind)[configuration.catalogueLabel] else { return }
      let path = try registry.open(kind: kind, version: version).path(CatalogueFile.name)
      try live.replace(with: CatalogueFile.read(from: URL(fileURLWithPath: path)), sequence: 0)
      logger.info(
        "catalogue loaded",
        metadata: ["version": "\(version)", "items": "\(live.snapshot.count)"])
    } catch {
      logger.error("catalogue bundle refused", metadata: ["error": "\(error)"])
    }
  }

  /// Follows the Feature service until the task is cancelled.
  func follow() async {
    guard let follower else { return }
    let logger = logger
    await follower.run { event in
      switch event {
      case .caughtUp(let sequence, let items):
        logger.info(
          "catalogue followed", metadata: ["sequence": "\(sequence)", "items": "\(items)"])
      case .disconnected(let error, let pause):
        logger.warning(
          "catalogue stream lost", metadata: ["error": "\(error)", "pause": "\(pause)"])
      case .refused(let error):
        logger.error("catalogue change refused", metadata: ["error": "\(error)"])
      }
    }
  }
}
