import Artifacts
public import Catalogue
import Foundation
public import Logging
import RecommendationCore
public import ServiceContracts

/// A service's replica of the catalogue: that of a bundle at first, then the Feature service's as it changes.
public struct CatalogueReplica: Sendable {
  /// As it stands.
  public let live: LiveCatalogue
  private let bundle: CatalogueBundle
  private let follower: CatalogueFollower?
  private let logger: Logger

  /// A replica that is empty.
  ///
  /// - Parameters:
  ///   - live: where it is kept.
  ///   - bundle: what it starts from.
  ///   - features: whom it follows; nil: nobody, the bundle's catalogue stays.
  ///   - longestPause: between two attempts to reach the Feature service.
  public init(
    _ live: LiveCatalogue = LiveCatalogue(), bundle: CatalogueBundle, features: FeatureClient?,
    longestPause: Duration = .seconds(1), logger: Logger
  ) {
    self.live = live
    self.bundle = bundle
    self.logger = logger
    follower = features.map {
      CatalogueFollower(client: $0, catalogue: live, longestPause: longestPause)
    }
  }

  /// The catalogue as of training, until the Feature service has sent its own. A bundle that is missing or cannot be
  /// used keeps nobody from starting: the log says so.
  public func loadBundle() {
    do {
      guard let (version, items) = try bundle.read() else { return }
      try live.replace(with: items, sequence: 0)
      logger.info(
        "catalogue loaded from its bundle",
        metadata: ["version": "\(version)", "items": "\(live.snapshot.count)"])
    } catch {
      logger.error("catalogue bundle refused", metadata: ["error": "\(error)"])
    }
  }

  /// Follows the Feature service until the task is cancelled.
  ///
  /// - Parameter onCaughtUp: is told each time that all is there that was there when the connection was made.
  public func follow(onCaughtUp: @escaping @Sendable () -> Void = {}) async {
    let logger = logger
    await follower?.run { event in
      switch event {
      case .caughtUp(let sequence, let items):
        logger.info(
          "catalogue is up to date", metadata: ["sequence": "\(sequence)", "items": "\(items)"])
        onCaughtUp()
      case .disconnected(let error, let pause):
        logger.warning(
          "catalogue stream lost", metadata: ["error": "\(error)", "next_in": "\(pause)"])
      case .refused(let error):
        logger.error("catalogue change refused", metadata: ["error": "\(error)"])
      }
    }
  }
}

/// The catalogue bundle that a label of a registry names.
public struct CatalogueBundle: Sendable {
  private let registry: ModelRegistry?
  private let label: String

  /// - Parameters:
  ///   - registryPath: the registry's folder; empty: there is none.
  ///   - label: e.g. "production"; empty: none is wanted.
  public init(registryPath: String, label: String) {
    registry = registryPath.isEmpty || label.isEmpty ? nil : ModelRegistry(root: registryPath)
    self.label = label
  }

  /// Reads it. Blocks.
  ///
  /// - Returns: its version and items; nil where the label names none.
  /// - Throws: ``ArtifactError`` or ``CatalogueError`` where it cannot be used.
  public func read() throws -> (version: String, items: [Item])? {
    let kind = CatalogueFile.bundleKind
    guard let registry, let version = try registry.labels(kind)[label] else { return nil }
    let path = try registry.open(kind: kind, version: version).path(CatalogueFile.name)
    return (version, try CatalogueFile.read(from: URL(fileURLWithPath: path)))
  }
}
