import RPC
import RecommendationCore

/// Collects what is wrong with a request, field by field, so that a caller learns of all its mistakes at once.
///
/// Paths are built only when something is wrong: checking a good request allocates nothing.
///
/// ```swift
/// var checks = FieldChecks()
/// checks.require(request.count <= 500, "count", "must be at most 500")
/// let filter = checks.within("filter") { ItemFilter(proto: request.filter, from: .client, &$0) }
/// try checks.finish()
/// ```
public struct FieldChecks: Sendable {
  @usableFromInline
  enum Step: Sendable {
    case field(String)
    case element(String, Int)
    case entry(String, String)
  }

  /// More than this many mistakes of one request are not told: a broken client sends thousands.
  public static let limit = 32

  /// What was found wrong so far.
  public private(set) var violations: [FieldViolation] = []
  @usableFromInline var path: [Step] = []

  /// No mistakes yet.
  public init() {}

  /// Whether nothing was found wrong.
  public var isClean: Bool { violations.isEmpty }

  /// Notes a violation of `field` unless the condition holds.
  ///
  /// - Returns: whether it holds.
  @discardableResult
  public mutating func require(
    _ holds: Bool, _ field: @autoclosure () -> String, _ description: @autoclosure () -> String
  ) -> Bool {
    if !holds { refuse(field(), description()) }
    return holds
  }

  /// Notes a violation. An empty field means the value that is being checked itself.
  public mutating func refuse(_ field: String, _ description: String) {
    guard violations.count < Self.limit else { return }
    violations.append(FieldViolation(field: qualified(field), description: description))
  }

  /// Checks the parts of a field: paths inside are prefixed with its name.
  @inlinable
  public mutating func within<Value>(
    _ field: String, _ body: (inout FieldChecks) throws -> Value
  ) rethrows -> Value {
    path.append(.field(field))
    defer { path.removeLast() }
    return try body(&self)
  }

  /// Checks one value of a repeated field: paths inside read `field[index].…`.
  @inlinable
  public mutating func within<Value>(
    _ field: String, _ index: Int, _ body: (inout FieldChecks) throws -> Value
  ) rethrows -> Value {
    path.append(.element(field, index))
    defer { path.removeLast() }
    return try body(&self)
  }

  /// Checks one value of a map field: paths inside read `field["key"].…`.
  @inlinable
  public mutating func within<Value>(
    _ field: String, key: String, _ body: (inout FieldChecks) throws -> Value
  ) rethrows -> Value {
    path.append(.entry(field, key))
    defer { path.removeLast() }
    return try body(&self)
  }

  /// Throws INVALID_ARGUMENT with all violations, if there are any.
  public func finish() throws {
    if !violations.isEmpty { throw RPCError.invalidArgument(violations) }
  }

  /// Runs checks that yield a value, and throws if they find a mistake.
  public static func collect<Value>(_ body: (inout FieldChecks) -> Value) throws -> Value {
    var checks = FieldChecks()
    let value = body(&checks)
    try checks.finish()
    return value
  }

  private func qualified(_ field: String) -> String {
    var parts = path.map { step in
      switch step {
      case .field(let name): name
      case .element(let name, let index): "\(name)[\(index)]"
      case .entry(let name, let key): "\(name)[\"\(key.prefix(64))\"]"
      }
    }
    if !field.isEmpty { parts.append(field) }
    return parts.joined(separator: ".")
  }
}
