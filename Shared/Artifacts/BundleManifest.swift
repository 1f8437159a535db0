/// What a bundle is, where it came from, and which files make it: `manifest.json`.
public struct BundleManifest: Codable, Sendable, Equatable {
  /// A file of a bundle.
  public struct File: Codable, Sendable, Equatable {
    /// Its name in the bundle's folder.
    public var name: String
    /// Its size.
    public var bytes: Int
    /// Its SHA-256 as 64 hexadecimal digits.
    public var sha256: String

    /// A file.
    public init(name: String, bytes: Int, sha256: String) {
      self.name = name
      self.bytes = bytes
      self.sha256 = sha256
    }
  }

  /// e.g. "als", "trending", "ranker", "catalogue".
  public var kind: String
  /// For people.
  public var name: String
  /// Unique among the bundles of its kind.
  public var version: String
  /// When it was published, Unix time in milliseconds.
  public var createdMilliseconds: Int64
  /// Says which data it was made from; empty when unknown.
  public var dataFingerprint: String
  /// The features that it wants, as a hexadecimal fingerprint; empty when none.
  public var featureFingerprint: String
  /// Figures measured on it.
  public var metrics: [String: Double]
  /// Settings that made it.
  public var parameters: [String: String]
  /// Its files with their checksums.
  public var files: [File]
}

/// What a publisher says about a bundle; the registry adds version, time and checksums.
public struct BundleDescription: Sendable, Equatable {
  /// For people.
  public var name: String
  /// Says which data it was made from.
  public var dataFingerprint: String
  /// The features that it wants, as a hexadecimal fingerprint.
  public var featureFingerprint: String
  /// Figures measured on it.
  public var metrics: [String: Double]
  /// Settings that made it.
  public var parameters: [String: String]

  /// A description.
  public init(
    name: String, dataFingerprint: String = "", featureFingerprint: String = "",
    metrics: [String: Double] = [:], parameters: [String: String] = [:]
  ) {
    self.name = name
    self.dataFingerprint = dataFingerprint
    self.featureFingerprint = featureFingerprint
    self.metrics = metrics
    self.parameters = parameters
  }
}

/// A published bundle whose files have been checked.
public struct ModelBundle: Sendable {
  /// What it is.
  public let manifest: BundleManifest
  /// Its folder.
  public let directory: String

  /// Path of one of its files.
  ///
  /// - Throws: ``ArtifactError/Code/notFound`` when the manifest does not list it.
  public func path(_ file: String) throws -> String {
    guard manifest.files.contains(where: { $0.name == file }) else {
      throw ArtifactError(
        .notFound, "bundle \(manifest.kind)/\(manifest.version) has no file \(file)")
    }
    return "\(directory)/\(file)"
  }
}
