import RecommendationCore

/// Every source of every candidate, in one flat table: a candidate knows its first hit and their number.
struct Provenance: Sendable {
  /// A source that found an item.
  struct Hit: Sendable {
    /// Place in ``sources``.
    var source: UInt16
    /// Place in the source's list, from 1.
    var rank: Int32
    /// The source's own score.
    var score: Float
  }

  /// An item that was drawn by chance.
  struct Drawn: Sendable, Equatable {
    var item: ItemID
    /// With what probability.
    var propensity: Float
  }

  /// Items that the exploration source drew, in the order in which they were drawn. Where they go is the slate's
  /// to say: ``ExplorationSlots``.
  var drawn: [Drawn] = []
  /// Names of the sources that answered.
  var sources: [String] = []
  /// Hits, those of one candidate together.
  var hits: [Hit] = []

  /// The hits of a candidate.
  func hits(of candidate: SlateCandidate) -> ArraySlice<Hit> {
    let first = Int(candidate.firstHit)
    return hits[first..<first + Int(candidate.hitCount)]
  }

  /// Name of a hit's source.
  func source(of hit: Hit) -> String { sources[Int(hit.source)] }
}
