import Foundation

/// Bundles on disk: `<root>/<kind>/<version>/` with `manifest.json`, and labels that point at versions.
///
/// A bundle is written aside, synced and renamed into place, so that nobody ever sees half of one.
/// Several processes may publish and move labels at once.
public struct ModelRegistry: Sendable {
  /// Its folder.
  public let root: String

  /// The registry in a folder; the folder is made at the first publishing.
  public init(root: String) { self.root = root }

  /// Publishes a bundle.
  ///
  /// - Parameters:
  ///   - kind: what it is, e.g. "als".
  ///   - version: nil for the next free `v<n>`.
  ///   - description: what the manifest shall say.
  ///   - writeFiles: writes the bundle's files straight into the folder that it is given.
  /// - Returns: the manifest, with its version.
  /// - Throws: ``ArtifactError/Code/alreadyExists`` when that version is there, or what `writeFiles` threw.
  public func publish(
    kind: String, version: String? = nil, description: BundleDescription,
    writeFiles: (URL) throws -> Void
  ) throws -> BundleManifest {
    let folder = try kindFolder(kind)
    if let version { try Self.checkName(version, "version") }
    let aside = "\(folder)/.publishing-\(UUID().uuidString)"
    try makeFolder(aside)
    var isInPlace = false
    defer { if !isInPlace { try? FileManager.default.removeItem(atPath: aside) } }
    try writeFiles(URL(fileURLWithPath: aside, isDirectory: true))
    var manifest = BundleManifest(
      kind: kind, name: description.name, version: "",
      createdMilliseconds: Int64(Date().timeIntervalSince1970 * 1000),
      dataFingerprint: description.dataFingerprint,
      featureFingerprint: description.featureFingerprint, metrics: description.metrics,
      parameters: description.parameters, files: try Self.syncedFiles(in: aside))
    repeat {
      manifest.version = try version ?? nextVersion(kind)
      isInPlace = try move(aside, into: folder, manifest, mayRetry: version == nil)
    } while !isInPlace
    return manifest
  }

  /// Opens a bundle after checking the size and checksum of each of its files.
  ///
  /// - Throws: ``ArtifactError`` when it is not there, damaged, or its manifest is not its own.
  public func open(kind: String, version: String) throws -> ModelBundle {
    let manifest = try self.manifest(kind: kind, version: version)
    let directory = "\(root)/\(kind)/\(version)"
    for file in manifest.files {
      try Self.checkName(file.name, "file")
      let actual = try DurableFiles.digest("\(directory)/\(file.name)")
      guard actual.bytes == file.bytes, actual.sha256 == file.sha256 else {
        throw ArtifactError(
          .malformed,
          "\(directory)/\(file.name) does not have the size and checksum of its manifest")
      }
    }
    return ModelBundle(manifest: manifest, directory: directory)
  }

  /// The manifest of a bundle, without checking its files.
  public func manifest(kind: String, version: String) throws -> BundleManifest {
    try Self.checkName(kind, "kind")
    try Self.checkName(version, "version")
    let path = "\(root)/\(kind)/\(version)/manifest.json"
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ArtifactError(.notFound, "no bundle \(kind)/\(version) in \(root)")
    }
    do {
      let manifest = try JSONDecoder().decode(BundleManifest.self, from: data)
      guard manifest.kind == kind, manifest.version == version else {
        throw ArtifactError(
          .malformed, "\(path) is the manifest of \(manifest.kind)/\(manifest.version)")
      }
      return manifest
    } catch let error as ArtifactError {
      throw error
    } catch {
      throw ArtifactError(.malformed, "\(path) is not a manifest", cause: error)
    }
  }

  /// Kinds of which there is at least one bundle, sorted.
  public func kinds() -> [String] { Self.names(in: root).filter { !versions($0).isEmpty } }

  /// Versions of a kind, oldest first (`v2` before `v10`). Empty when there is none.
  public func versions(_ kind: String) -> [String] {
    guard (try? Self.checkName(kind, "kind")) != nil else { return [] }
    return Self.names(in: "\(root)/\(kind)")
      .filter { FileManager.default.fileExists(atPath: "\(root)/\(kind)/\($0)/manifest.json") }
      .sorted { $0.compare($1, options: .numeric) == .orderedAscending }
  }
}

extension ModelRegistry {
  /// Letters, digits, `.`, `_`, `-`; not beginning with a dot: safe as one part of a path.
  static func checkName(_ name: String, _ what: String) throws {
    let isAllowed = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard isAllowed, (1...128).contains(name.utf8.count), !name.hasPrefix(".") else {
      throw ArtifactError(
        .invalidArgument,
        "the \(what) \"\(name)\" must be 1 to 128 letters, digits, '.', '_' or '-', not beginning with '.'"
      )
    }
  }

  /// The folder of a kind, made when missing.
  func kindFolder(_ kind: String) throws -> String {
    try Self.checkName(kind, "kind")
    let folder = "\(root)/\(kind)"
    if !FileManager.default.fileExists(atPath: folder) {
      try makeFolder(folder)
      try DurableFiles.sync(root)
    }
    return folder
  }

  private func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw ArtifactError(.inputOutput, "cannot make the folder \(path)", cause: error)
    }
  }

  private static func names(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { (try? checkName($0, "name")) != nil }.sorted()
  }

  private func nextVersion(_ kind: String) throws -> String {
    let numbers = versions(kind).compactMap { $0.hasPrefix("v") ? Int($0.dropFirst()) : nil }
    return "v\((numbers.max() ?? 0) + 1)"
  }

  private static func syncedFiles(in folder: String) throws -> [BundleManifest.File] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    return try names.map { name in
      try checkName(name, "file")
      guard name != "manifest.json" else {
        throw ArtifactError(.invalidArgument, "the registry itself writes manifest.json")
      }
      let path = "\(folder)/\(name)"
      try DurableFiles.sync(path)
      let digest = try DurableFiles.digest(path)
      return BundleManifest.File(name: name, bytes: digest.bytes, sha256: digest.sha256)
    }
  }

  /// Writes the manifest and renames the folder into place.
  ///
  /// - Returns: false when another publisher took the version first and the caller may try the next.
  private func move(
    _ aside: String, into folder: String, _ manifest: BundleManifest, mayRetry: Bool
  ) throws -> Bool {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try DurableFiles.replace("\(aside)/manifest.json", with: [UInt8](try encoder.encode(manifest)))
    try DurableFiles.sync(aside)
    // rename(2) refuses a target folder that is not empty, and a published one never is.
    if rename(aside, "\(folder)/\(manifest.version)") == 0 {
      try DurableFiles.sync(folder)
      return true
    }
    guard errno == EEXIST || errno == ENOTEMPTY else {
      throw ArtifactError.system("cannot publish \(manifest.kind)/\(manifest.version)")
    }
    guard mayRetry else {
      throw ArtifactError(
        .alreadyExists, "bundle \(manifest.kind)/\(manifest.version) is there already")
    }
    return false
  }
}
