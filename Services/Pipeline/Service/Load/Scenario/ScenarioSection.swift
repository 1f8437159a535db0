import Synchronization
internal import Yams

/// A mapping of a scenario's file, whose keys are taken one by one. Every error names file, line and key, and
/// a key that nothing takes is an error too: it is misspelt, and an option that does nothing misleads.
final class ScenarioSection: Sendable {
  private let file: String
  private let path: String
  private let line: Int
  // Yams' nodes are values that nothing changes once they are read.
  nonisolated(unsafe) private let values: [(key: String, node: Node)]
  private let taken = Mutex<Set<String>>([])

  /// The mapping that a text is.
  convenience init(yaml: String, file: String) throws {
    let root: Node?
    do {
      root = try Yams.compose(yaml: yaml)
    } catch {
      throw PipelineError(.usage, "\(file) is not YAML", cause: error)
    }
    guard let root else { throw PipelineError(.usage, "\(file) is empty") }
    try self.init(root, file: file, path: "")
  }

  private init(_ node: Node, file: String, path: String) throws {
    let line = node.mark?.line ?? 1
    let name = path.isEmpty ? "the file" : path
    guard case .mapping(let mapping) = node else {
      throw PipelineError(.usage, "\(file):\(line): \(name) must be a mapping of keys to values")
    }
    self.file = file
    self.path = path
    self.line = line
    var seen: Set<String> = []
    values = try mapping.map { key, value in
      guard let text = key.string, seen.insert(text).inserted else {
        throw PipelineError(
          .usage,
          "\(file):\(key.mark?.line ?? line): \(key.string ?? "a key") comes twice, or is no text")
      }
      return (text, value)
    }
  }

  // MARK: Values; nil where the key is not there

  func text(_ key: String) throws -> String? {
    try take(key, "must be a text") { $0.scalar?.string }
  }

  func number(_ key: String, in range: ClosedRange<Double>) throws -> Double? {
    try take(key, "must be a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))")
    {
      $0.scalar.flatMap { Double($0.string) }.flatMap { range.contains($0) ? $0 : nil }
    }
  }

  func whole(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    try take(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)") {
      $0.scalar.flatMap { Int($0.string) }.flatMap { range.contains($0) ? $0 : nil }
    }
  }

  func flag(_ key: String) throws -> Bool? {
    try take(key, "must be true or false") { $0.scalar.flatMap { Bool($0.string) } }
  }

  func choice<Value: RawRepresentable<String>>(_ key: String, of all: [Value]) throws -> Value? {
    try take(key, "must be one of \(all.map(\.rawValue).joined(separator: ", "))") { node in
      all.first { $0.rawValue == node.scalar?.string }
    }
  }

  func section(_ key: String) throws -> ScenarioSection? {
    guard let node = node(key) else { return nil }
    return try ScenarioSection(node, file: file, path: full(key))
  }

  func sections(_ key: String) throws -> [ScenarioSection] {
    guard let node = node(key) else { return [] }
    guard case .sequence(let sequence) = node else { throw problem(key, "must be a list") }
    return try sequence.enumerated().map { index, node in
      try ScenarioSection(node, file: file, path: "\(full(key))[\(index)]")
    }
  }

  // MARK: Errors

  /// Says that every key has been asked for.
  func finish() throws {
    let known = taken.withLock { $0 }
    if let unknown = values.first(where: { !known.contains($0.key) }) {
      throw problem(
        unknown.key, "is not known here; known: \(known.sorted().joined(separator: ", "))")
    }
  }

  /// An error about a key.
  func problem(_ key: String, _ what: String) -> PipelineError {
    let mark = values.first { $0.key == key }?.node.mark?.line
    return PipelineError(.usage, "\(file):\(mark ?? line): \(full(key)) \(what)")
  }

  private func take<Value>(
    _ key: String, _ rule: String, _ convert: (Node) -> Value?
  ) throws -> Value? {
    guard let node = node(key) else { return nil }
    guard let value = convert(node) else {
      throw problem(key, rule + (node.scalar.map { "; it is \"\($0.string)\"" } ?? ""))
    }
    return value
  }

  private func node(_ key: String) -> Node? {
    taken.withLock { _ = $0.insert(key) }
    return values.first { $0.key == key }?.node
  }

  private func full(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private func plain(_ number: Double) -> String {
    number == number.rounded() ? "\(Int(number))" : "\(number)"
  }
}
