import Models

/// Items that the same users took as those of the history (Sarwar et al. 2001; Deshpande, Karypis 2004).
///
/// O(Σ over users of entries²) to learn, on all cores; memory O(items · neighbours).
public struct ItemKNNRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "item-knn"
  /// What it is.
  public static let summary = "items that the same users took as those of the history"
  /// Its settings.
  public static let settings =
    NeighbourSettings.all(
      rows: "items", features: "users",
      neighbours: .integer(
        "neighbours", 1...100_000, search: 20...1000, logarithmic: true,
        "items that each item of the history speaks for", default: { _ in 200 })) + [
      .names(
        "kept-by", ["history", "target"], isSearched: true,
        "neighbours are kept for each item of the history, or for each item that is scored",
        default: { _ in "target" })
    ]
  private let values: SettingValues

  /// A recommender with settings.
  public init(_ values: SettingValues) { self.values = values }

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) -> any FittedRecommender {
    let (byUser, byItem) = (feedback.byUser, feedback.byItem)
    let similarity = NeighbourSettings.similarity(
      values, rows: byItem, features: byUser, featureName: "users")
    let isByTarget = values.name("kept-by") == "target"
    let kept = values.integer("neighbours")
    let weights = SparseRows.bestEntries(
      rowCount: feedback.itemCount, columnCount: feedback.itemCount, kept: kept,
      threads: context.threads
    ) { item, sums in
      guard !context.shouldStop else { return }
      byUser.columns.withUnsafeBufferPointer { items in
        for user in byItem.columns(ofRow: item) {
          sums.add(
            similarity.featureWeights[Int(user)],
            to: UnsafeBufferPointer(rebasing: items[byUser.range(Int(user))]))
        }
      }
    } value: { item, other, sum in
      guard Int(other) != item else { return 0 }
      // The row is the item of the history, or the target: then the two change sides.
      return isByTarget
        ? similarity.value(sum: sum, size: similarity.sizes[Int(other)], other: item)
          * similarity.ownFactor(Int(other))
        : similarity.value(sum: sum, size: similarity.sizes[item], other: Int(other))
          * similarity.ownFactor(item)
    }
    context.progress(FitProgress(pass: 1, passes: 1))
    return ItemWeightScores(
      weights: isByTarget ? weights.transposed() : weights, tail: PopularityTail(feedback))
  }
}
