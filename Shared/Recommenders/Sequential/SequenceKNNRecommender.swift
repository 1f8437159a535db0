import Foundation
import Models

/// Items that follow those of the history: neighbours by how often and how closely one came after the other,
/// with the latest items of the history counting most (after the sequential rules and V-SkNN of Ludewig,
/// Jannach 2018).
///
/// O(acts · window) to learn, on all cores; memory O(items · neighbours).
public struct SequenceKNNRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "sequence-knn"
  /// What it is.
  public static let summary = "items that followed those of the history closely and often"
  /// Its settings.
  public static let settings: [Setting] = [
    .integer(
      "neighbours", 1...100_000, search: 50...2000, logarithmic: true,
      "items that each item of the history speaks for", default: { _ in 500 }),
    .real(
      "half-life", 0.05...1e6, search: 0.3...50, logarithmic: true,
      "places from the history's end after which an item counts half", default: { _ in 3 }),
    .real(
      "reach", 0.05...1e6, search: 0.5...100, logarithmic: true,
      "places between two items after which their meeting counts half", default: { _ in 10 }),
    .real(
      "backward", 0...1, search: 0...1, "what an item that came before counts beside one after",
      default: { _ in 0.5 }),
    .real(
      "users-exponent", 0...2, search: 0...1, "a user of n items counts n to minus this",
      default: { _ in 0.5 }),
    .real(
      "source-exponent", 0...2, search: 0...1,
      "an item of the history of n users counts n to minus this",
      default: { _ in 0.5 }),
    .real(
      "target-exponent", 0...2, search: 0...1,
      "the score of an item of n users is divided by n to this",
      default: { _ in 0.3 }),
    .real(
      "shrinkage", 0...1e6, search: 0...50, "added to an item's users before they divide",
      default: { _ in 1 }),
  ]
  private let values: SettingValues

  /// A recommender with settings.
  public init(_ values: SettingValues) { self.values = values }

  /// Why it cannot learn from data of this shape; nil when it can.
  public static func obstacle(_ shape: DataShape) -> String? {
    shape.isOrdered ? nil : "the histories have no order of time"
  }

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    guard feedback.histories.isOrdered else {
      throw RecommenderError(.unsuitableData, "the histories have no order of time")
    }
    let histories = feedback.histories
    let occurrences = ItemOccurrences(histories, itemCount: feedback.itemCount)
    let users = (0..<histories.userCount).map {
      powf(Float(max(1, histories.range($0).count)), -values.float("users-exponent"))
    }
    let decay = exp2f(-1 / values.float("reach"))
    // As far as a meeting counts a thousandth, and nobody's history is walked without end.
    let window = min(500, max(1, Int(10 * values.real("reach"))))
    let closeness = (0...window).map { $0 == 0 ? 0 : powf(decay, Float($0 - 1)) }
    let backward = values.float("backward")
    let shrinkage = values.float("shrinkage")
    let counts = (0..<feedback.itemCount).map {
      Float(max(1, feedback.byItem.range($0).count)) + shrinkage
    }
    let own = counts.map { powf($0, -values.float("source-exponent")) }
    let others = counts.map { powf($0, -values.float("target-exponent")) }
    let weights = SparseRows.bestEntries(
      rowCount: feedback.itemCount, columnCount: feedback.itemCount,
      kept: values.integer("neighbours"), threads: context.threads
    ) { item, sums in
      guard !context.shouldStop else { return }
      for occurrence in occurrences.range(item) {
        let (user, place) = (Int(occurrences.users[occurrence]), occurrences.places[occurrence])
        let range = histories.range(user)
        for other in place + 1..<max(place + 1, min(range.upperBound, place + window + 1)) {
          sums.add(users[user] * closeness[other - place], to: histories.items[other])
        }
        guard backward > 0 else { continue }
        for other in max(range.lowerBound, place - window)..<place {
          sums.add(users[user] * backward * closeness[place - other], to: histories.items[other])
        }
      }
    } value: { item, other, sum in
      Int(other) == item ? 0 : sum * own[item] * others[Int(other)]
    }
    context.progress(FitProgress(pass: 1, passes: 1))
    return OrderedItemScores(
      weights: weights, history: HistoryWeights(halfLife: values.float("half-life")),
      tail: PopularityTail(feedback))
  }
}

/// Scores by a sparse matrix between items: each item of the history adds its row, the latest the most.
struct OrderedItemScores: FittedRecommender {
  let weights: SparseRows
  let history: HistoryWeights
  let tail: PopularityTail

  func score(
    _ users: Range<Int>, _ asked: AskedHistories, into scores: UnsafeMutableBufferPointer<Float>
  ) {
    let itemCount = weights.columnCount
    scores.update(repeating: 0)
    weights.columns.withUnsafeBufferPointer { columns in
      weights.values.withUnsafeBufferPointer { values in
        for (place, user) in users.enumerated() {
          let row = UnsafeMutableBufferPointer(
            rebasing: scores[place * itemCount..<(place + 1) * itemCount])
          for (item, weight) in history.items(of: user, in: asked.histories) {
            for entry in weights.range(Int(item)) {
              row[Int(columns[entry])] += weight * values[entry]
            }
          }
          tail.fill(row)
        }
      }
    }
  }
}
