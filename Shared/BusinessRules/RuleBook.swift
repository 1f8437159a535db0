import Artifacts
import RecommendationCore
public import RecommendationProtos
import ServiceContracts
import SwiftProtobuf

/// Business rules that were checked whole. Earlier rules win where two cannot both be kept.
public struct RuleBook: Sendable {
  /// Rules of a book.
  static let ruleCount = 1_000
  static let idBytes = 64
  static let surfaceCount = 32
  static let greatestSlot = 2_000
  /// Items of one pin.
  static let pinnedCount = 100
  /// Item ids in all rules together.
  static let totalItemCount = 100_000

  /// As it was given.
  public let proto: Recsys_Gateway_V1_BusinessRules
  /// The rules, the strongest first.
  public let rules: [BusinessRule]
  /// A short name of exactly these rules.
  public let version: String

  /// No rules.
  public static let empty = RuleBook()

  private init() {
    proto = .init()
    rules = []
    version = "none"
  }

  /// Whether no rule can be in force.
  public var isOff: Bool { proto.disabled || rules.isEmpty }

  /// The rules of a message.
  ///
  /// - Throws: INVALID_ARGUMENT that names every field at fault.
  public init(_ proto: Recsys_Gateway_V1_BusinessRules) throws {
    var checks = FieldChecks()
    var rules: [BusinessRule] = []
    if checks.count(proto.rules.count, "rules", atMost: Self.ruleCount) {
      var known = Set<String>()
      for (index, rule) in proto.rules.enumerated() {
        checks.within("rules", index) { checks in
          rules.append(BusinessRule(rule, &checks))
          checks.require(known.insert(rule.id).inserted, "id", "is that of an earlier rule")
        }
      }
      let items = rules.reduce(0) { $0 + $1.items.allow.count + $1.items.deny.count }
      checks.require(
        items <= Self.totalItemCount, "rules",
        "may name at most \(Self.totalItemCount) item ids together")
    }
    try checks.finish()
    self.proto = proto
    self.rules = rules
    version = Self.version(of: proto)
  }

  private static func version(of proto: Recsys_Gateway_V1_BusinessRules) -> String {
    guard proto != .init() else { return empty.version }
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    // Rules that were decoded can be encoded; a message of required fields, which proto 3 has not, could not.
    guard let bytes: [UInt8] = try? proto.serializedBytes(options: options) else { return "?" }
    return String(SHA256Digest.hexadecimal(of: bytes).prefix(12))
  }
}
