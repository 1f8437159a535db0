/// What is known of a user, or of an anonymous session.
public struct UserState: Sendable, Equatable {
  /// Sums of fixed size.
  public struct Totals: Sendable, Equatable {
    /// Grows by one with every accepted event. 0: nothing is known.
    public var version: UInt64 = 0
    /// Acts; impressions are not acts.
    public var acts = 0.0
    /// Items shown.
    public var impressions = 0.0
    /// Acts that say clearly that the item was liked.
    public var likes = 0.0
    /// Sum of what the acts say.
    public var weightSum = 0.0
    /// Acts that fade.
    public var recent = DecayedCounts()
    /// Time of the first act.
    public var firstMilliseconds: Int64 = .max
    /// Time of the last act.
    public var lastMilliseconds: Int64 = .min
    /// Years of the items that acts spoke for.
    public var years = Moments()
    /// ln(1 + price) of the items that acts spoke for.
    public var prices = Moments()
    /// ln(1 + acts before) of the items that acts spoke for.
    public var popularity = Moments()
    /// The time for which the category weights hold.
    public var tasteMilliseconds: Int64 = 0

    /// Nothing is known.
    public init() {}
  }

  /// A category of items that acts spoke for.
  public struct CategoryTaste: Sendable, Equatable {
    /// Key of the category: the same in every process.
    public var key: UInt64
    /// Weights of the acts, faded.
    public var weight: Double
    /// Number of acts.
    public var count: Double
  }

  /// So many categories are kept a user; then the weakest goes.
  public static let categoryLimit = 256

  /// Sums.
  public var totals = Totals()
  /// Categories, in the order of their first act.
  public var categories: [CategoryTaste] = []
  /// Items acted upon.
  public var history = ActHistory()

  /// Nothing is known.
  public init() {}

  /// Whether anything is known.
  public var isKnown: Bool { totals.version > 0 }
}
