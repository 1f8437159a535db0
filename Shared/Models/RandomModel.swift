import RecommendationCore

/// Scores that say nothing: the floor of every comparison. The same seed, user and item always get the
/// same score.
public struct RandomModel: Sendable {
  /// Equal seeds give equal scores.
  public let seed: UInt64

  /// A model.
  public init(seed: UInt64 = 1) { self.seed = seed }

  /// A score from 0 up to, not including, 1.
  public func score(user: UserID, item: ItemID) -> Float {
    var hash = StableHash()
    hash.combine(seed)
    hash.combine(user.rawValue)
    hash.combine(item.rawValue)
    // 24 bits: as many as a Float holds exactly.
    return Float(hash.finalized() >> 40) / Float(1 << 24)
  }
}
