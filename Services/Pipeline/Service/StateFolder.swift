import Artifacts
import Datasets
import Foundation

/// Where a suite keeps what it makes: one folder, shared by all commands.
public struct StateFolder: Sendable {
  /// The folder.
  public let root: String

  /// A state folder; relative paths are taken from the working directory.
  public init(_ root: String) {
    self.root = URL(fileURLWithPath: root).standardizedFileURL.path
  }

  /// The imported or generated dataset.
  public var dataset: DatasetStore { DatasetStore(directory: root + "/dataset") }
  /// Bundles.
  public var registry: ModelRegistry { ModelRegistry(root: modelsPath) }
  /// Folder of the bundles.
  public var modelsPath: String { root + "/models" }
  /// The Feature service's store.
  public var featuresPath: String { root + "/features" }
  /// The business rules that the gateway keeps.
  public var rulesPath: String { root + "/rules.yaml" }
  /// The services' logs.
  public var logsPath: String { root + "/logs" }
  /// What the parts were made from, so that equal work is not done twice.
  public var receiptPath: String { root + "/receipt.json" }

  /// Makes the folder.
  public func create() throws {
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
  }

  /// Reads the dataset, or says which command makes one.
  public func requireDataset() throws -> Dataset {
    guard dataset.manifest != nil else {
      throw PipelineError(
        .missing, "\(root) holds no dataset: run `recsys import` or `recsys simulate world` first")
    }
    return try dataset.read()
  }
}
