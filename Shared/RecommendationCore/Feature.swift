/// A feature by name: the view that declares it, its name there, and the declaration's version.
public struct FeatureReference: Sendable, Hashable {
  /// The view that declares it, e.g. `user_activity`.
  public var view: String
  /// Its name in the view.
  public var name: String
  /// Version of the declaration, from 1.
  public var version: UInt32

  /// A reference.
  public init(view: String, name: String, version: UInt32 = 1) {
    self.view = view
    self.name = name
    self.version = version
  }

  /// `view.name`, as reports and attributions print it.
  public var qualifiedName: String { "\(view).\(name)" }
}

/// An ordered list of features. Order matters: it is the order of a matrix's columns.
public struct FeatureSet: Sendable, Hashable {
  /// The features, in column order.
  public let features: [FeatureReference]
  /// A stable hash of names, versions and order; 0 only for the empty set.
  public let fingerprint: UInt64

  /// A set of features in column order.
  public init(_ features: [FeatureReference]) {
    self.features = features
    fingerprint = fingerprintOfFeatures(features.map { "\($0.qualifiedName):\($0.version)" })
  }
}

/// A stable hash of an ordered list of names; 0 only for the empty list.
public func fingerprintOfFeatures(_ names: [String]) -> UInt64 {
  guard !names.isEmpty else { return 0 }
  var hash = StableHash()
  for name in names {
    hash.combine(name)
    hash.combine("\n")
  }
  return max(hash.finalized(), 1)
}

/// A dense row-major float32 matrix whose values may be missing or stale.
public struct FeatureMatrix: Sendable {
  /// Number of rows.
  public let rows: Int
  /// Number of columns.
  public let columns: Int
  /// `rows * columns` values, row-major. A missing value holds its feature's default or NaN.
  public var values: [Float]
  /// One bit a value, row-major, least significant bit first: 1 present. Empty: all present.
  public var presence: [UInt8]
  /// One bit a value: 1 stale. Empty: nothing is stale.
  public var stale: [UInt8]

  /// A matrix of one value throughout.
  public init(rows: Int, columns: Int, repeating value: Float = 0) {
    self.rows = rows
    self.columns = columns
    values = [Float](repeating: value, count: rows * columns)
    presence = []
    stale = []
  }

  /// A matrix from its parts.
  ///
  /// - Returns: nil when the number of values is not `rows * columns`, or a bitmap is of another size.
  public init?(
    rows: Int, columns: Int, values: [Float], presence: [UInt8] = [], stale: [UInt8] = []
  ) {
    let bitmapBytes = (rows * columns + 7) / 8
    guard values.count == rows * columns, presence.isEmpty || presence.count == bitmapBytes,
      stale.isEmpty || stale.count == bitmapBytes
    else { return nil }
    self.rows = rows
    self.columns = columns
    self.values = values
    self.presence = presence
    self.stale = stale
  }

  /// The value of a row and column.
  public subscript(row: Int, column: Int) -> Float {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// Whether the value is present.
  public func isPresent(row: Int, column: Int) -> Bool {
    Self.bit(row * columns + column, in: presence, whenEmpty: true)
  }

  /// Whether the value is older than its feature's freshness limit.
  public func isStale(row: Int, column: Int) -> Bool {
    Self.bit(row * columns + column, in: stale, whenEmpty: false)
  }

  private static func bit(_ index: Int, in bitmap: [UInt8], whenEmpty: Bool) -> Bool {
    bitmap.isEmpty ? whenEmpty : bitmap[index >> 3] & (1 << UInt8(index & 7)) != 0
  }
}
