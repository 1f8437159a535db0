/// A source that found an item: its place and raw score there.
public struct SourceHit: Sendable, Hashable {
  /// e.g. "als".
  public var source: String
  /// Place in the source's list, from 1.
  public var rank: Int
  /// The source's own score.
  public var score: Float

  /// A hit.
  public init(source: String, rank: Int, score: Float) {
    self.source = source
    self.rank = rank
    self.score = score
  }
}

/// An item in flight for one request.
public struct Candidate: Sendable {
  /// The item.
  public var item: ItemID
  /// Every source that found it, in the order of the policy.
  public var provenance: [SourceHit]
  /// The merged retrieval score at first, then the ranker's.
  public var score: Float

  /// A candidate.
  public init(item: ItemID, provenance: [SourceHit], score: Float) {
    self.item = item
    self.provenance = provenance
    self.score = score
  }
}

/// Name and version of a thing that took part in an answer.
public struct ComponentVersion: Sendable, Hashable {
  /// What took part, e.g. "als".
  public var component: String
  /// Its version.
  public var version: String

  /// A component and its version.
  public init(component: String, version: String) {
    self.component = component
    self.version = version
  }
}
