/// What features gave to a ranker's score, the strongest first.
public struct RankerParts: Sendable, Hashable {
  /// A feature and its part.
  public struct Part: Sendable, Hashable {
    /// e.g. "item_popularity.log_count".
    public var feature: String
    /// Its part of the score, of either sign.
    public var value: Double
  }

  /// The score that all parts and the ranker's bias add up to.
  public private(set) var score = 0.0
  /// The strongest parts, by size.
  public private(set) var parts: [Part] = []

  /// No parts.
  public init() {}

  /// The strongest parts of a row of contributions.
  ///
  /// - Parameters:
  ///   - row: a part a feature, and the bias last.
  ///   - names: of the features.
  ///   - most: how many to keep. Parts that are 0 are never kept.
  public init(row: some Collection<Float>, names: [String], most: Int) {
    score = row.reduce(0) { $0 + Double($1) }
    let strongest = zip(names, row).filter { $0.1 != 0 && $0.1.isFinite }.sorted { left, right in
      abs(left.1) == abs(right.1) ? left.0 < right.0 : abs(left.1) > abs(right.1)
    }
    parts = strongest.prefix(most).map { Part(feature: $0.0, value: Double($0.1)) }
  }
}
