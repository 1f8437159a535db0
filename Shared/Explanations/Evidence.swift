public import RecommendationCore

/// One piece of evidence for why an item is in a slate.
public struct Evidence: Sendable, Hashable {
  /// What kind of evidence. Raw values are those of `recsys.explanation.v1.Evidence.Kind`.
  public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    /// A past item whose contribution is part of the collaborative score.
    case pastItem = 1
    /// A neighbour in a content space.
    case contentNeighbour = 2
    /// Something that the item shares with what the user liked.
    case sharedAttribute = 3
    /// Many people like the item these days.
    case trending = 4
    /// A feature's part in the ranker's score.
    case rankerFeature = 5
    /// A business rule put it there.
    case rule = 6
    /// It is there so that something may be learned about it.
    case exploration = 7
  }

  /// The kind.
  public var kind: Kind
  /// The past item or the neighbour; nil where there is none.
  public var item: ItemID?
  /// Past item: its part of the score. Content neighbour: the cosine in the text space. Shared attribute: how many of the user's past items share it.
  /// Trending: the decayed sum of what people did with the item.
  public var value: Double
  /// Past item: the score that all parts add up to. Shared attribute: how many past items were looked at.
  public var total: Double
  /// The attribute or source, e.g. "category".
  public var name: String
  /// Its value, e.g. "Drama".
  public var text: String

  /// A piece of evidence.
  public init(
    kind: Kind, item: ItemID? = nil, value: Double, total: Double = 0, name: String = "",
    text: String = ""
  ) {
    self.kind = kind
    self.item = item
    self.value = value
    self.total = total
    self.name = name
    self.text = text
  }
}

/// Why an item is in a slate.
public struct Reason: Sendable, Hashable {
  /// One sentence that the evidence bears; empty when nothing could be said truly.
  public var text: String
  /// What the sentence claims; nil without a sentence.
  public var claim: Claim?
  /// Evidence: that of the sentence first, then by strength.
  public var evidence: [Evidence]

  /// A reason.
  public init(text: String, claim: Claim?, evidence: [Evidence]) {
    self.text = text
    self.claim = claim
    self.evidence = evidence
  }
}
