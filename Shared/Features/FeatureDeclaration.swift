import RecommendationCore

/// What a feature is a feature of.
public enum FeatureEntity: Sendable, Hashable, CaseIterable {
  case user
  case item
  /// A user-item pair.
  case interaction
}

/// How a feature sums up events or facts.
public enum FeatureAggregate: Sendable, Hashable {
  /// ln(1 + count) over all time.
  case logCount
  /// ln(1 + count), each event fading with a half-life.
  case decayedLogCount(halfLife: Duration)
  case mean
  case deviation
  /// A part of a whole, from 0 to 1.
  case share
  case entropy
  /// Days since an event.
  case elapsedDays
  /// A fact of the catalogue.
  case fact
  /// How well two things agree.
  case affinity
  /// How far apart two numbers are.
  case distance
}

/// A feature: declared once, computed by the same code in training and in serving.
public struct FeatureDeclaration: Sendable {
  /// View, name and version.
  public let reference: FeatureReference
  /// What it is a feature of.
  public let entity: FeatureEntity
  /// How it sums up.
  public let aggregate: FeatureAggregate
  /// The value where nothing is known; NaN: none.
  public let defaultValue: Float
  /// A value counts as stale when the last event behind it is older; 0: never.
  public let freshnessLimitSeconds: UInt64
  /// For people.
  public let description: String
  let formula: FeatureFormula
  /// Whether an item's formula reads the counts that fade: they are worked out only then.
  let isFading: Bool
}

/// The value of a feature, from prepared views; NaN where it is missing. Views are borrowed: a copy for every
/// value was a tenth of a read's time.
enum FeatureFormula: Sendable {
  case user(@Sendable (borrowing UserView) -> Double)
  case item(@Sendable (borrowing ItemView) -> Double)
  case interaction(@Sendable (borrowing PairView) -> Double)
}

/// A group of features that are declared together.
struct FeatureView {
  let name: String
  var defaultValue: Float = 0
  var freshnessLimitDays: UInt64 = 0

  func user(
    _ name: String, _ aggregate: FeatureAggregate, default defaultValue: Float? = nil,
    version: UInt32 = 1, _ description: String,
    _ value: @escaping @Sendable (borrowing UserView) -> Double
  ) -> FeatureDeclaration {
    declare(name, .user, aggregate, defaultValue, version, description, .user(value))
  }

  /// - Parameter isFading: whether it reads ``ItemView/recent``; true of a decayed count whatever is said.
  func item(
    _ name: String, _ aggregate: FeatureAggregate, default defaultValue: Float? = nil,
    version: UInt32 = 1, isFading: Bool = false, _ description: String,
    _ value: @escaping @Sendable (borrowing ItemView) -> Double
  ) -> FeatureDeclaration {
    declare(
      name, .item, aggregate, defaultValue, version, description, .item(value), isFading: isFading)
  }

  func interaction(
    _ name: String, _ aggregate: FeatureAggregate, default defaultValue: Float? = nil,
    version: UInt32 = 1, _ description: String,
    _ value: @escaping @Sendable (borrowing PairView) -> Double
  ) -> FeatureDeclaration {
    declare(name, .interaction, aggregate, defaultValue, version, description, .interaction(value))
  }

  private func declare(
    _ name: String, _ entity: FeatureEntity, _ aggregate: FeatureAggregate, _ defaultValue: Float?,
    _ version: UInt32, _ description: String, _ formula: FeatureFormula, isFading: Bool = false
  ) -> FeatureDeclaration {
    var isDecayed = false
    if case .decayedLogCount = aggregate { isDecayed = true }
    return FeatureDeclaration(
      reference: FeatureReference(view: self.name, name: name, version: version), entity: entity,
      aggregate: aggregate, defaultValue: defaultValue ?? self.defaultValue,
      freshnessLimitSeconds: freshnessLimitDays * 86_400, description: description,
      formula: formula, isFading: isFading || isDecayed)
  }
}
