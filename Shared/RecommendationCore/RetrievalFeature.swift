/// A feature that says what retrieval knew of a candidate. Training and serving both take its value from here.
public enum RetrievalFeature: Sendable, Hashable {
  /// `<source>.score`: the source's own score; missing where it did not find the item.
  case score(source: String)
  /// `<source>.rank`: 1 / place; 0 where the source did not find the item.
  case reciprocalRank(source: String)
  /// `source_count`: how many sources found the item.
  case sourceCount

  /// The feature of a name; nil for a name that is none.
  public init?(name: String) {
    if name == "source_count" {
      self = .sourceCount
    } else if name.hasSuffix(".score"), name.count > 6 {
      self = .score(source: String(name.dropLast(6)))
    } else if name.hasSuffix(".rank"), name.count > 5 {
      self = .reciprocalRank(source: String(name.dropLast(5)))
    } else {
      return nil
    }
  }

  /// As a ranker's specification names it.
  public var name: String {
    switch self {
    case .score(let source): "\(source).score"
    case .reciprocalRank(let source): "\(source).rank"
    case .sourceCount: "source_count"
    }
  }

  /// The value of a source's feature where the source did not find the item.
  public var absentValue: Float {
    if case .score = self { .nan } else { 0 }
  }

  /// The value for a candidate by its provenance.
  public func value(provenance: some Collection<SourceHit>) -> Float {
    switch self {
    case .score(let source):
      provenance.first { $0.source == source }?.score ?? absentValue
    case .reciprocalRank(let source):
      provenance.first { $0.source == source }.map { 1 / Float($0.rank) } ?? absentValue
    case .sourceCount: Float(provenance.count)
    }
  }
}
