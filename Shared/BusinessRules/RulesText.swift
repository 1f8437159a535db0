import Foundation
public import RecommendationProtos
import SwiftProtobuf
import Yams

/// Business rules as text for people: YAML with the fields of `recsys.gateway.v1.BusinessRules` by their names there,
/// kinds in short.
///
/// ```yaml
/// disabled: false
/// rules:
///   - id: autumn-hero
///     kind: pin
///     items: {allow_item_ids: [1197]}
///     slot: 1
///     end_time: 2026-12-01T00:00:00Z
/// ```
public enum RulesText {
  /// Fields that are numbers or flags; every other one is a text, quoted or not.
  private static let numbers: Set = ["slot", "strength", "minimum", "maximum", "min", "max"]
  private static let flags: Set = ["disabled"]

  /// What is wrong with a text.
  public struct Fault: Error, Sendable, CustomStringConvertible {
    /// For people.
    public let description: String
  }

  /// Reads a text.
  ///
  /// - Throws: ``Fault`` for what is no YAML or names fields that rules do not have. Whether the rules make sense is
  ///   for ``RuleBook`` to say.
  public static func parse(_ text: String) throws -> Recsys_Gateway_V1_BusinessRules {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw Fault(description: "not valid YAML: \(error)")
    }
    guard let root, root.null == nil else { return .init() }
    guard case .mapping = root else {
      throw Fault(description: "the text must be a mapping with `rules`")
    }
    do {
      let json = try JSONSerialization.data(withJSONObject: value(root, of: ""))
      return try Recsys_Gateway_V1_BusinessRules(jsonUTF8Data: json)
    } catch let fault as Fault {
      throw fault
    } catch {
      throw Fault(description: "not business rules: \(error)")
    }
  }

  /// Writes rules so that ``parse(_:)`` reads them back.
  ///
  /// - Throws: an encoding error, for times that no text can say.
  public static func write(_ rules: Recsys_Gateway_V1_BusinessRules) throws -> String {
    var options = JSONEncodingOptions()
    options.preserveProtoFieldNames = true
    let json: [UInt8] = try rules.jsonUTF8Bytes(options: options)
    // JSON is YAML: read as such, its fields keep their order.
    guard let node = try Yams.compose(yaml: String(decoding: json, as: UTF8.self)) else {
      return ""
    }
    return try Yams.serialize(node: styled(node), allowUnicode: true, sortKeys: false)
  }

  private static func value(_ node: Node, of key: String) throws -> Any {
    switch node {
    case .mapping(let mapping):
      var object: [String: Any] = [:]
      for (name, value) in mapping {
        guard let name = name.string else { throw Fault(description: "a key is not a text") }
        guard object[name] == nil else { throw Fault(description: "\(name) is there twice") }
        object[name] = try self.value(value, of: name)
      }
      return object
    case .sequence(let list): return try list.map { try value($0, of: key) }
    case .scalar(let scalar): return try self.scalar(scalar, node, of: key)
    case .alias: throw Fault(description: "aliases are not supported")
    }
  }

  private static func scalar(_ scalar: Node.Scalar, _ node: Node, of key: String) throws -> Any {
    if numbers.contains(key) {
      guard let number = Double(scalar.string) else {
        throw Fault(description: "\(key) must be a number; it is \"\(scalar.string)\"")
      }
      return number
    }
    if flags.contains(key) {
      guard let flag = Bool(scalar.string) else {
        throw Fault(description: "\(key) must be true or false; it is \"\(scalar.string)\"")
      }
      return flag
    }
    if key == "kind" {
      let name = scalar.string.uppercased()
      return name.hasPrefix("KIND_") ? name : "KIND_\(name)"
    }
    return scalar.string
  }

  /// Block style, short kinds, texts in quotes where they might be taken for something else.
  private static func styled(_ node: Node, of key: String = "") -> Node {
    switch node {
    case .mapping(let mapping):
      return .mapping(
        Node.Mapping(
          mapping.map { ($0.key, styled($0.value, of: $0.key.string ?? "")) }, Tag(.implicit),
          .block))
    case .sequence(let list):
      return .sequence(Node.Sequence(list.map { styled($0, of: key) }, Tag(.implicit), .block))
    case .scalar(let scalar):
      var text = scalar.string
      if key == "kind" { text = String(text.dropFirst("KIND_".count)).lowercased() }
      let isPlain = numbers.contains(key) || flags.contains(key) || key == "kind"
      return .scalar(
        Node.Scalar(text, Tag(.implicit), isPlain ? .plain : .doubleQuoted))
    case .alias: return node
    }
  }
}
