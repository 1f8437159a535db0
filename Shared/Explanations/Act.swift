/// How a user met an item, as far as a history's weight tells (see `EventType.preference`).
public enum Act: Sendable, Hashable, CaseIterable {
  /// Weight from 1.5: a purchase.
  case bought
  /// Weight from 1: a like, or the best rating.
  case liked
  /// Weight from 0.5: a view, a middling rating, the cart.
  case consumed
  /// Less, above 0: a click.
  case noticed

  /// The strongest act that a weight bears; nil for a dislike or nothing.
  public init?(weight: Float) {
    switch weight {
    case 1.5...: self = .bought
    case 1..<1.5: self = .liked
    case 0.5..<1: self = .consumed
    case 0..<0.5 where weight > 0: self = .noticed
    default: return nil
    }
  }
}

/// What a catalogue holds: decides how a view is called.
public enum CatalogueDomain: String, Sendable, Hashable, CaseIterable {
  case general
  case films
  case music
  case books
  case goods
}
