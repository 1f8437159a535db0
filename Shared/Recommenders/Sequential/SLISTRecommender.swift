import Foundation
import LinearAlgebra
import Models

/// A linear model from the latest items to the next ones, in closed form (SLIST: Choi et al. 2021).
///
/// Two aims in one least-squares problem: to rebuild histories (as EASE does), and to foretell from each
/// prefix of a history, its latest items counting most, what came after. O(items³) to learn, on all cores;
/// memory one dense matrix between items, two where most items meet.
public struct SLISTRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "slist"
  /// What it is.
  public static let summary =
    "a linear model from the latest items to the next, in closed form (SLIST)"
  /// Its settings.
  public static let settings: [Setting] =
    LinearSettings.shared + [
      .real(
        "consistency", 0...1, search: 0...1,
        "weight of rebuilding histories; that of foretelling is the rest", default: { _ in 0.2 }),
      .real(
        "half-life", 0.05...1e6, search: 0.3...50, logarithmic: true,
        "places from the end after which an item of the history counts half", default: { _ in 2 }),
      .real(
        "reach", 0.02...1e6, search: 0.1...20, logarithmic: true,
        "places ahead after which an item that is foretold counts half", default: { _ in 1 }),
    ]
  private let values: SettingValues

  /// A recommender with settings.
  public init(_ values: SettingValues) { self.values = values }

  /// Why it cannot learn from data of this shape; nil when it can.
  public static func obstacle(_ shape: DataShape) -> String? {
    shape.isOrdered
      ? ItemGram.obstacle(shape, matrices: 2) : "the histories have no order of time"
  }

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    guard feedback.histories.isOrdered else {
      throw RecommenderError(.unsuitableData, "the histories have no order of time")
    }
    let size = feedback.itemCount
    let users = ItemGram.userWeights(
      feedback.byUser, exponent: values.float("users-exponent"))
    let consistency = values.float("consistency")
    let transitions = TransitionCounts(
      feedback, userWeights: users, halfLife: values.real("half-life"),
      reach: values.real("reach"))
    let penalties = ItemGram.penalties(
      feedback, regularization: values.float("regularization"),
      exponent: values.float("frequency-exponent"))

    var matrix = Matrix(rows: size, columns: size)
    ItemGram.add(
      feedback, userWeights: users, scale: consistency, to: &matrix, threads: context.threads)
    matrix.withUnsafeMutableValues { values in
      guard let start = values.baseAddress else { return }
      // Safe: threads write to rows of their own.
      nonisolated(unsafe) let base = start
      ParallelRows(threads: context.threads, blockSize: 16).run(count: size) { _, rows in
        for row in rows {
          transitions.addPast(ofItem: row, scale: 1 - consistency, to: base + row * size)
          base[row * size + row] += penalties[row]
        }
      }
    }
    try ItemGram.invert(&matrix, context: context)

    // What is to be foretold: a row an item of the history.
    let aims = SparseRows.bestEntries(
      rowCount: size, columnCount: size, kept: size, threads: context.threads
    ) { item, sums in
      if consistency > 0 {
        feedback.byUser.columns.withUnsafeBufferPointer { items in
          for user in feedback.byItem.columns(ofRow: item) {
            sums.add(
              consistency * users[Int(user)],
              to: UnsafeBufferPointer(rebasing: items[feedback.byUser.range(Int(user))]))
          }
        }
      }
      if consistency < 1 {
        transitions.forEachAhead(ofItem: item) { other, value in
          if value > 0 { sums.add((1 - consistency) * value, to: other) }
        }
      }
    } value: { _, _, sum in
      sum
    }
    ClosedForm.solve(
      inverse: &matrix, aims: aims,
      factors: LinearSettings.targetFactors(
        feedback, exponent: values.float("target-exponent")), threads: context.threads)
    return DenseItemScores(
      weights: matrix, history: HistoryWeights(halfLife: values.float("half-life")),
      tail: PopularityTail(feedback))
  }
}
