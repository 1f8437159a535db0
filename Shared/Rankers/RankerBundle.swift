public import Artifacts

internal import Foundation

extension RankerFiles {
  /// Publishes a ranker as a bundle; the registry gives the version.
  ///
  /// - Parameter description: what the manifest shall say; its feature fingerprint is set here.
  public static func publish(
    _ ranker: any Ranker, in registry: ModelRegistry, version: String? = nil,
    description: BundleDescription
  ) throws -> BundleManifest {
    var described = description
    described.featureFingerprint = String(ranker.specification.fingerprint, radix: 16)
    described.parameters["kind"] = ranker.kind
    return try registry.publish(
      kind: bundleKind, version: version, description: described,
      writeFiles: { try write(ranker, to: $0.path) })
  }

  /// A ranker from a bundle whose files the registry has checked.
  ///
  /// - Parameter threads: how many threads will score at once.
  public static func load(from bundle: ModelBundle, threads: Int) throws -> any Ranker {
    let ranker = try load(threads: threads) { name in
      try [UInt8](Data(contentsOf: URL(fileURLWithPath: bundle.path(name))))
    }
    let fingerprint = String(ranker.specification.fingerprint, radix: 16)
    guard bundle.manifest.featureFingerprint == fingerprint else {
      throw RankerError(
        .specificationMismatch, "the manifest and the ranker name different features")
    }
    return ranker
  }
}
