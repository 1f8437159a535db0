public import RecommendationCore

/// What a ranker reads: the columns of its input, in order.
///
/// The order is user features, item and interaction features, retrieval features, context features.
/// The fingerprint covers all four lists; a service refuses features that were gathered for another.
public struct RankerSpecification: Sendable, Hashable {
  /// Features of the user: the same in every row of a request.
  public let userFeatures: FeatureSet
  /// Features of the item, and of the pair of user and item.
  public let itemFeatures: FeatureSet
  /// What retrieval knew: `<source>.score` (NaN where the source did not find the item),
  /// `<source>.rank` (1 / place, 0 where it did not find it), `source_count`.
  public let retrievalFeatures: [String]
  /// What is known of the moment, e.g. `hour_of_day`: the same in every row of a request.
  public let contextFeatures: [String]
  /// Names of all columns, in order.
  public let columnNames: [String]
  /// A stable hash of all four lists.
  public let fingerprint: UInt64

  /// A specification.
  public init(
    userFeatures: FeatureSet, itemFeatures: FeatureSet, retrievalFeatures: [String],
    contextFeatures: [String]
  ) {
    self.userFeatures = userFeatures
    self.itemFeatures = itemFeatures
    self.retrievalFeatures = retrievalFeatures
    self.contextFeatures = contextFeatures
    columnNames =
      userFeatures.features.map(\.qualifiedName) + itemFeatures.features.map(\.qualifiedName)
      + retrievalFeatures.map { "retrieval.\($0)" } + contextFeatures.map { "context.\($0)" }
    // The list's own prefix keeps a column that moves from one list to another from going unseen.
    fingerprint = fingerprintOfFeatures(
      userFeatures.features.map { "user:\($0.qualifiedName):\($0.version)" }
        + itemFeatures.features.map { "item:\($0.qualifiedName):\($0.version)" }
        + retrievalFeatures.map { "retrieval:\($0)" } + contextFeatures.map { "context:\($0)" })
  }

  /// Number of columns of the model's input.
  public var columnCount: Int { columnNames.count }
}

extension RankerSpecification: Codable {
  private enum CodingKeys: String, CodingKey {
    case userFeatures, itemFeatures, retrievalFeatures, contextFeatures
  }

  private struct Reference: Codable {
    var view: String
    var name: String
    var version: UInt32

    init(_ feature: FeatureReference) {
      view = feature.view
      name = feature.name
      version = feature.version
    }

    var feature: FeatureReference { FeatureReference(view: view, name: name, version: version) }
  }

  /// Reads a specification as a bundle stores it.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let user = try values.decode([Reference].self, forKey: .userFeatures)
    let item = try values.decode([Reference].self, forKey: .itemFeatures)
    self.init(
      userFeatures: FeatureSet(user.map(\.feature)), itemFeatures: FeatureSet(item.map(\.feature)),
      retrievalFeatures: try values.decode([String].self, forKey: .retrievalFeatures),
      contextFeatures: try values.decode([String].self, forKey: .contextFeatures))
  }

  /// Writes it as a bundle stores it; what follows from the four lists is left out.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(userFeatures.features.map(Reference.init), forKey: .userFeatures)
    try values.encode(itemFeatures.features.map(Reference.init), forKey: .itemFeatures)
    try values.encode(retrievalFeatures, forKey: .retrievalFeatures)
    try values.encode(contextFeatures, forKey: .contextFeatures)
  }
}
