/// A value of a setting.
public enum SettingValue: Sendable, Hashable, CustomStringConvertible {
  /// A whole number.
  case integer(Int)
  /// A real number.
  case real(Double)
  /// One of several names.
  case name(String)

  /// As `--set` takes it.
  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .name(let value): value
    }
  }
}

/// A setting of a kind of recommender: its range, where to search, and its default for data of a shape.
public struct Setting: Sendable {
  /// What values there are.
  public enum Domain: Sendable {
    /// Whole numbers of a range; searched evenly, or evenly in the logarithm.
    case integer(ClosedRange<Int>, search: ClosedRange<Int>, isLogarithmic: Bool)
    /// Real numbers of a range; searched evenly, or evenly in the logarithm.
    case real(ClosedRange<Double>, search: ClosedRange<Double>, isLogarithmic: Bool)
    /// Names; searched evenly.
    case names([String])
  }

  /// The name that `--set` takes.
  public let name: String
  /// What it does, in a line.
  public let summary: String
  /// What values there are.
  public let domain: Domain
  /// Whether tuning tries other values; else the default rule decides.
  public let isSearched: Bool
  /// The value where nobody says otherwise.
  public let defaultValue: @Sendable (DataShape) -> SettingValue

  /// A whole number.
  public static func integer(
    _ name: String, _ range: ClosedRange<Int>, search: ClosedRange<Int>? = nil,
    logarithmic: Bool = false, _ summary: String,
    default value: @escaping @Sendable (DataShape) -> Int
  ) -> Setting {
    Setting(
      name: name, summary: summary,
      domain: .integer(range, search: search ?? range, isLogarithmic: logarithmic),
      isSearched: search != nil, defaultValue: { .integer(value($0)) })
  }

  /// A real number.
  public static func real(
    _ name: String, _ range: ClosedRange<Double>, search: ClosedRange<Double>? = nil,
    logarithmic: Bool = false, _ summary: String,
    default value: @escaping @Sendable (DataShape) -> Double
  ) -> Setting {
    Setting(
      name: name, summary: summary,
      domain: .real(range, search: search ?? range, isLogarithmic: logarithmic),
      isSearched: search != nil, defaultValue: { .real(value($0)) })
  }

  /// One of several names.
  public static func names(
    _ name: String, _ names: [String], isSearched: Bool, _ summary: String,
    default value: @escaping @Sendable (DataShape) -> String
  ) -> Setting {
    Setting(
      name: name, summary: summary, domain: .names(names), isSearched: isSearched,
      defaultValue: { .name(value($0)) })
  }

  /// Reads a value as `--set` gives it.
  ///
  /// - Throws: ``RecommenderError/Code/invalidArgument`` when it is none, or out of range.
  public func value(_ text: String) throws -> SettingValue {
    switch domain {
    case .integer(let range, _, _):
      guard let value = Int(text), range.contains(value) else {
        throw RecommenderError(
          .invalidArgument,
          "\(name): a whole number from \(range.lowerBound) to \(range.upperBound) wanted")
      }
      return .integer(value)
    case .real(let range, _, _):
      guard let value = Double(text), range.contains(value) else {
        throw RecommenderError(
          .invalidArgument,
          "\(name): a number from \(range.lowerBound) to \(range.upperBound) wanted")
      }
      return .real(value)
    case .names(let names):
      guard names.contains(text) else {
        throw RecommenderError(
          .invalidArgument, "\(name): one of \(names.joined(separator: ", ")) wanted")
      }
      return .name(text)
    }
  }
}

/// The values of all settings of one kind of recommender, for one shape of data.
public struct SettingValues: Sendable, Hashable, CustomStringConvertible {
  private var values: [String: SettingValue]

  /// The defaults for a shape of data, with some replaced.
  ///
  /// - Throws: ``RecommenderError/Code/invalidArgument`` for a setting that there is not, or a value out of
  ///   range.
  public init(_ settings: [Setting], shape: DataShape, replacing: [String: String] = [:]) throws {
    values = Dictionary(
      uniqueKeysWithValues: settings.map { ($0.name, $0.defaultValue(shape)) })
    for (name, text) in replacing {
      guard let setting = settings.first(where: { $0.name == name }) else {
        let known = settings.map(\.name).joined(separator: ", ")
        throw RecommenderError(
          .invalidArgument,
          "there is no setting \(name); there \(settings.isEmpty ? "are none" : "are \(known)")")
      }
      values[name] = try setting.value(text)
    }
  }

  /// The value of a setting.
  public subscript(name: String) -> SettingValue? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// A whole number; 0 where there is none of that name.
  public func integer(_ name: String) -> Int {
    if case .integer(let value)? = values[name] { value } else { 0 }
  }

  /// A real number; 0 where there is none of that name.
  public func real(_ name: String) -> Double {
    if case .real(let value)? = values[name] { value } else { 0 }
  }

  /// A real number of single precision; 0 where there is none of that name.
  public func float(_ name: String) -> Float { Float(real(name)) }

  /// A name; empty where there is none.
  public func name(_ name: String) -> String {
    if case .name(let value)? = values[name] { value } else { "" }
  }

  /// The values as text, by name.
  public var texts: [String: String] { values.mapValues(\.description) }

  /// `name=value` of each setting, by name.
  public var description: String {
    values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
  }
}
