import RecommendationCore

/// The features that exist. One list, for training and for serving.
///
/// To add a feature: declare it in its view's file under `Declarations`. To add a view: write its file and
/// name it here.
public enum FeatureCatalogue {
  /// All features.
  public static let declared: [FeatureDeclaration] =
    UserActivityFeatures.declared + UserTasteFeatures.declared + ItemPopularityFeatures.declared
    + ItemContentFeatures.declared + AffinityFeatures.declared

  private static let byReference = Dictionary(
    declared.map { ($0.reference, $0) }, uniquingKeysWith: { first, _ in first })

  /// A declaration by reference.
  public static func declaration(_ reference: FeatureReference) -> FeatureDeclaration? {
    byReference[reference]
  }

  /// All features of users, in the order of declaration.
  public static let userFeatures = FeatureSet(
    declared.filter { $0.entity == .user }.map(\.reference))

  /// All features of items and of user-item pairs, in the order of declaration.
  public static let itemFeatures = FeatureSet(
    declared.filter { $0.entity != .user }.map(\.reference))
}
