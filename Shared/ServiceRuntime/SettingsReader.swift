import Foundation
import Synchronization
import Yams

/// Reads a service's configuration: a YAML file, over which environment variables stand.
///
/// The key `server.port` may be overridden by `RECSYS_SERVER_PORT`. A value of the wrong type or out of
/// range is an error that names its key; it never falls back to a default (which is why this is not
/// swift-configuration, whose reads with a default swallow a malformed value). Keys of the file that
/// nothing reads are errors too (``finish()``): they are misspelt, and an option that does nothing misleads.
public final class SettingsReader: Sendable {
  private struct Entry {
    var value: String
    var isDefault: Bool
  }

  private let fileValues: [String: [String]]
  private let environment: [String: String]
  private let asked = Mutex<[String: Entry]>([:])
  /// Where this is a section: what keys of it begin with in the whole, and the whole.
  private let prefix: String
  private let whole: SettingsReader?

  /// Reads a YAML text.
  ///
  /// - Parameters:
  ///   - yaml: the file's text; empty for defaults only.
  ///   - environment: the process's environment.
  /// - Throws: ``ConfigurationError`` when the text is not a YAML mapping.
  public init(
    yaml: String = "", environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    fileValues = try Self.flatten(yaml: yaml)
    self.environment = environment.filter { $0.key.hasPrefix("RECSYS_") }
    prefix = ""
    whole = nil
  }

  private init(prefix: String, of whole: SettingsReader) {
    fileValues = [:]
    environment = [:]
    self.prefix = prefix
    self.whole = whole
  }

  /// A part of these settings, whose keys are those below a key. What is read of it counts as read here.
  public func section(_ key: String) -> SettingsReader {
    SettingsReader(prefix: name(of: key) + ".", of: whole ?? self)
  }

  /// The whole name of a key, for messages.
  public func name(of key: String) -> String { prefix + key }

  /// Reads a YAML file.
  ///
  /// - Throws: ``ConfigurationError`` when the file cannot be read or is not a YAML mapping.
  public convenience init(
    path: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ConfigurationError(key: "", "cannot read the file \(path)")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw ConfigurationError(key: "", "\(path) is not UTF-8 text")
    }
    try self.init(yaml: text, environment: environment)
  }

  /// A text.
  public func string(_ key: String, default standard: String) throws -> String {
    try value(key, standard, "a text") { $0.count == 1 ? $0[0] : nil }
  }

  /// A text that ``summary`` does not show; empty unless given.
  public func secret(_ key: String) throws -> String {
    let read = try string(key, default: "")
    if !read.isEmpty { asked.withLock { $0[key] = Entry(value: "(set)", isDefault: false) } }
    return read
  }

  /// A whole number in a range.
  public func int(
    _ key: String, default standard: Int, in range: ClosedRange<Int> = 0...Int.max
  ) throws -> Int {
    let read = try value(key, standard, "a whole number") { $0.count == 1 ? Int($0[0]) : nil }
    try check(key, read, range)
    return read
  }

  /// A number in a range.
  public func double(
    _ key: String, default standard: Double,
    in range: ClosedRange<Double> = 0...Double.greatestFiniteMagnitude
  ) throws -> Double {
    let read = try value(key, standard, "a number") {
      $0.count == 1 ? Double($0[0]) : nil
    }
    try check(key, read, range)
    return read
  }

  /// `true` or `false`.
  public func bool(_ key: String, default standard: Bool) throws -> Bool {
    try value(key, standard, "true or false") {
      $0.count == 1 ? Bool($0[0]) : nil
    }
  }

  /// A time in milliseconds.
  public func milliseconds(
    _ key: String, default standard: Int, in range: ClosedRange<Int> = 0...86_400_000
  ) throws -> Duration {
    .milliseconds(try int(key, default: standard, in: range))
  }

  /// A list of texts.
  public func strings(_ key: String, default standard: [String]) throws -> [String] {
    try value(key, standard, "a list of texts") { $0 }
  }

  /// A text that must be one of some.
  public func choice(_ key: String, default standard: String, of choices: [String]) throws -> String
  {
    let read = try string(key, default: standard)
    guard choices.contains(read) else {
      throw ConfigurationError(
        key: name(of: key), "must be one of \(choices.joined(separator: ", ")); it is \"\(read)\"")
    }
    return read
  }

  /// Says that all keys have been read.
  ///
  /// - Throws: ``ConfigurationError`` naming the keys of the file that nothing read.
  public func finish() throws {
    let unknown = Set(fileValues.keys).subtracting(asked.withLock { $0.keys }).sorted()
    guard unknown.isEmpty else {
      throw ConfigurationError(
        key: "", "unknown keys in the file: \(unknown.joined(separator: ", "))")
    }
  }

  /// Every key that was read and its value, for `--check-config`; defaults are marked.
  public var summary: String {
    asked.withLock { $0 }.sorted { $0.key < $1.key }
      .map { "\($0.key): \($0.value.value)\($0.value.isDefault ? "  # default" : "")" }
      .joined(separator: "\n")
  }

  private func check<Value: Comparable>(_ key: String, _ value: Value, _ range: ClosedRange<Value>)
    throws
  {
    guard range.contains(value) else {
      throw ConfigurationError(
        key: name(of: key),
        "must be from \(range.lowerBound) to \(range.upperBound); it is \(value)")
    }
  }

  private func value<Value>(
    _ key: String, _ standard: Value, _ kind: String, _ convert: ([String]) -> Value?
  ) throws -> Value {
    if let whole { return try whole.value(name(of: key), standard, kind, convert) }
    let variable =
      "RECSYS_" + key.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" }
    let texts =
      environment[variable].map { text in
        standard is [String]
          ? text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } : [text]
      } ?? fileValues[key]
    guard let texts else {
      asked.withLock { $0[key] = Entry(value: "\(standard)", isDefault: true) }
      return standard
    }
    guard let found = convert(texts) else {
      throw ConfigurationError(
        key: key, "must be \(kind); it is \(texts.joined(separator: ", "))")
    }
    asked.withLock { $0[key] = Entry(value: "\(found)", isDefault: false) }
    return found
  }

  private static func flatten(yaml: String) throws -> [String: [String]] {
    let root: Node?
    do {
      root = try Yams.compose(yaml: yaml)
    } catch {
      throw ConfigurationError(key: "", "not valid YAML: \(error)")
    }
    var values: [String: [String]] = [:]
    guard let root, root.null == nil else { return values }
    guard case .mapping(let mapping) = root else {
      throw ConfigurationError(key: "", "the file must be a mapping of sections")
    }
    try flatten(mapping, prefix: "", into: &values)
    return values
  }

  private static func flatten(
    _ mapping: Node.Mapping, prefix: String, into values: inout [String: [String]]
  ) throws {
    for (keyNode, node) in mapping {
      guard let name = keyNode.string else {
        throw ConfigurationError(key: prefix, "a key is not a text")
      }
      let key = prefix.isEmpty ? name : "\(prefix).\(name)"
      switch node {
      case .mapping(let inner): try flatten(inner, prefix: key, into: &values)
      case .sequence(let list):
        values[key] = try list.map { element in
          guard let text = element.scalar?.string else {
            throw ConfigurationError(key: key, "a list may hold plain values only")
          }
          return text
        }
      case .scalar(let scalar):
        if node.null == nil || scalar.style != .plain { values[key] = [scalar.string] }
      case .alias: throw ConfigurationError(key: key, "aliases are not supported")
      }
    }
  }
}
