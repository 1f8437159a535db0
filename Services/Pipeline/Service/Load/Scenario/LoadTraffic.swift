import RecommendationProtos

/// What is asked of a gateway, and by whom.
public struct LoadTraffic: Sendable, Hashable {
  /// A kind of request.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A slate.
    case recommend
    /// The next page of a slate that was given before. Where none is at hand, a slate.
    case nextPage = "next_page"
    /// Items like an item.
    case similar
    /// What a user did with a slate that was given before. Where none is at hand: with popular items.
    case events
  }

  /// Reasons that are asked for.
  public enum Explain: String, Sendable, Hashable, CaseIterable {
    /// What a request gets that says nothing.
    case standard = "default"
    case none, text, full

    var level: Recsys_Gateway_V1_ExplainLevel {
      switch self {
      case .standard: .unspecified
      case .none: .none
      case .text: .text
      case .full: .full
      }
    }
  }

  /// The moment that slates are for.
  public enum Moment: String, Sendable, Hashable, CaseIterable {
    /// The end of the dataset: its users are then as active as they were.
    case data
    /// When the request is made.
    case now
  }

  /// How often each kind comes, relative to the others.
  public var mix: [Kind: Double] = [.recommend: 1]
  /// Exponent of Zipf's law by which users are drawn; 0 draws all alike.
  public var skew = 1.0
  /// Share of requests by users of whom nothing is known.
  public var newUserShare = 0.0
  /// Share of requests by visitors without an account.
  public var anonymousShare = 0.0
  /// Items a slate.
  public var count: UInt32 = 20
  /// Reasons that are asked for.
  public var explain: Explain = .standard
  /// Whether slates may not come from the gateway's cache.
  public var noCache = false
  /// The moment that slates are for.
  public var moment: Moment = .data
  /// The policy that makes the slates; empty: the gateway's own choice.
  public var policy = ""

  /// Slates only, for known users.
  public init() {}
}
