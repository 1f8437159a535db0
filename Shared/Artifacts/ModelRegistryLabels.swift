import Foundation

/// Labels ("production", "canary", …): `<root>/<kind>/labels.json`, each move in `labels.log`.
extension ModelRegistry {
  /// A line of `labels.log`.
  public struct LabelMove: Codable, Sendable, Equatable {
    /// When, Unix time in milliseconds.
    public var timeMilliseconds: Int64
    /// The label.
    public var label: String
    /// Where it pointed before; nil when it is new.
    public var from: String?
    /// Where it points now.
    public var to: String
  }

  /// Labels of a kind and the versions that they point at; empty when there are none.
  ///
  /// - Throws: ``ArtifactError/Code/malformed`` when the file of labels cannot be understood.
  public func labels(_ kind: String) throws -> [String: String] {
    try Self.checkName(kind, "kind")
    let path = "\(root)/\(kind)/labels.json"
    guard let data = FileManager.default.contents(atPath: path) else { return [:] }
    do {
      return try JSONDecoder().decode([String: String].self, from: data)
    } catch {
      throw ArtifactError(.malformed, "\(path) is not a list of labels", cause: error)
    }
  }

  /// The version that a label points at.
  ///
  /// - Throws: ``ArtifactError/Code/notFound`` when there is no such label.
  public func resolve(kind: String, label: String) throws -> String {
    guard let version = try labels(kind)[label] else {
      throw ArtifactError(.notFound, "no label \(label) for \(kind) in \(root)")
    }
    return version
  }

  /// Moves a label, as one step, to a version that is there.
  ///
  /// The log's line is written first: a move that others could see is never missing from it.
  ///
  /// - Throws: ``ArtifactError`` when there is no such version or a file cannot be written.
  public func setLabel(kind: String, label: String, version: String) throws {
    try Self.checkName(label, "label")
    _ = try manifest(kind: kind, version: version)
    let folder = try kindFolder(kind)
    try DurableFiles.locked("\(folder)/.labels.lock") {
      var labels = try labels(kind)
      let move = LabelMove(
        timeMilliseconds: Int64(Date().timeIntervalSince1970 * 1000), label: label,
        from: labels[label], to: version)
      let log = try FileHandleWriter(path: "\(folder)/labels.log", append: true)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      try log.write([UInt8](try encoder.encode(move)) + [UInt8(ascii: "\n")])
      try log.sync()
      labels[label] = version
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
      try DurableFiles.replace("\(folder)/labels.json", with: [UInt8](try encoder.encode(labels)))
    }
  }

  /// All moves of a kind's labels, oldest first. A line that a crash cut short is left out.
  public func labelMoves(_ kind: String) throws -> [LabelMove] {
    try Self.checkName(kind, "kind")
    guard let data = FileManager.default.contents(atPath: "\(root)/\(kind)/labels.log") else {
      return []
    }
    return data.split(separator: UInt8(ascii: "\n")).compactMap {
      try? JSONDecoder().decode(LabelMove.self, from: Data($0))
    }
  }
}
