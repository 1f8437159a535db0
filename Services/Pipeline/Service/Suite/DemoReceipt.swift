import Artifacts
import Datasets
import Foundation

/// What a state folder was made from, so that a second run with the same inputs starts at once.
struct DemoReceipt: Codable, Equatable {
  /// Grows when the jobs change what they make.
  static let formatVersion = 1

  var formatVersion = Self.formatVersion
  /// Describes the inputs: options, and sizes of source files.
  var inputs: String
  /// Fingerprint of the dataset.
  var datasetFingerprint: String
  /// Versions of the published bundles by kind.
  var bundles: [String: String]

  static func read(_ state: StateFolder) -> DemoReceipt? {
    guard let data = FileManager.default.contents(atPath: state.receiptPath) else { return nil }
    return try? JSONDecoder().decode(DemoReceipt.self, from: data)
  }

  func write(_ state: StateFolder) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(self).write(
      to: URL(fileURLWithPath: state.receiptPath), options: .atomic)
  }

  /// Whether all that it speaks of is still there.
  func holds(_ state: StateFolder) -> Bool {
    formatVersion == Self.formatVersion && state.dataset.manifest?.fingerprint == datasetFingerprint
      && !bundles.isEmpty
      && bundles.allSatisfy { kind, version in
        (try? state.registry.resolve(kind: kind, label: "production")) == version
      } && FileManager.default.fileExists(atPath: state.featuresPath)
  }
}
