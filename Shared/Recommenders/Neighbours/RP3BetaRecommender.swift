import Foundation
import Models

/// A random walk of three steps from the user, over its items and their users, with the popularity of where
/// it ends held down (P3α: Cooper et al. 2014; RP3β: Paudel et al. 2016).
///
/// O(Σ over users of entries²) to learn, on all cores; memory O(items · neighbours).
public struct RP3BetaRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "rp3beta"
  /// What it is.
  public static let summary = "a random walk of three steps over users and items (RP3beta)"
  /// Its settings.
  public static let settings: [Setting] = [
    .integer(
      "neighbours", 1...100_000, search: 20...1000, logarithmic: true,
      "items that the walk may reach from each item", default: { _ in 200 }),
    .real(
      "alpha", 0...4, search: 0...2, "power of each step's probability", default: { _ in 1 }),
    .real(
      "beta", 0...2, search: 0...1, "an item of n users counts n to minus this",
      default: { _ in 0.5 }),
  ]
  private let values: SettingValues

  /// A recommender with settings.
  public init(_ values: SettingValues) { self.values = values }

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) -> any FittedRecommender {
    let (byUser, byItem) = (feedback.byUser, feedback.byItem)
    let (alpha, beta) = (values.float("alpha"), values.float("beta"))
    func powers(_ rows: SparseRows, _ exponent: Float) -> [Float] {
      (0..<rows.rowCount).map { powf(max(1, Float(rows.range($0).count)), -exponent) }
    }
    // From an item to one of its users, and from a user to one of its items.
    let (fromItem, fromUser) = (powers(byItem, alpha), powers(byUser, alpha))
    let discount = powers(byItem, beta)
    let weights = SparseRows.bestEntries(
      rowCount: feedback.itemCount, columnCount: feedback.itemCount,
      kept: values.integer("neighbours"), threads: context.threads
    ) { item, sums in
      guard !context.shouldStop else { return }
      byUser.columns.withUnsafeBufferPointer { items in
        for user in byItem.columns(ofRow: item) {
          sums.add(
            fromUser[Int(user)], to: UnsafeBufferPointer(rebasing: items[byUser.range(Int(user))]))
        }
      }
    } value: { item, other, sum in
      Int(other) == item ? 0 : fromItem[item] * sum * discount[Int(other)]
    }
    context.progress(FitProgress(pass: 1, passes: 1))
    return ItemWeightScores(weights: weights, tail: PopularityTail(feedback))
  }
}
