/// A named set of keys within a store, with an order and files of its own.
public struct ColumnFamily: RawRepresentable, Sendable, Hashable {
  /// The name. `default` always exists.
  public var rawValue: String
  /// A family by name.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// A family by name.
  public init(_ name: String) { rawValue = name }
}
