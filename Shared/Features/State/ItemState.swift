import Foundation

/// What is counted of an item. A plain value of fixed size.
public struct ItemState: Sendable, Equatable {
  /// Acts on it; impressions are not acts.
  public var acts = 0.0 {
    didSet { logActs = log1p(acts) }
  }
  /// ln(1 + acts), kept because every read wants it.
  public private(set) var logActs = 0.0
  /// Times it was shown.
  public var impressions = 0.0
  /// Acts that say clearly that it was liked.
  public var likes = 0.0
  /// Sum of what the acts say of it.
  public var weightSum = 0.0
  /// Acts that fade.
  public var recent = DecayedCounts()
  /// Time of its first act.
  public var firstMilliseconds: Int64 = .max
  /// Time of its last act.
  public var lastMilliseconds: Int64 = .min

  /// Nothing counted.
  public init() {}

  /// Whether nothing was ever counted.
  public var isEmpty: Bool { acts == 0 && impressions == 0 }
}
