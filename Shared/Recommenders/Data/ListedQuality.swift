import Evaluation
import RecommendationCore
import Synchronization

/// How high each user's one positive item stands among listed negatives (He et al. 2017).
///
/// Its place is 1 and the number of negatives with a score as high or higher: ties are lost. An item
/// without a row (-1) stands below all others.
public struct ListedQuality: Sendable {
  private let users: [Int]
  private let positives: [[Int32]]
  private let negatives: [[Int32]]

  /// A measure of users with a positive item; only the first of each counts.
  ///
  /// - Parameter sample: measure so many users at most, drawn by the seed; nil for all.
  public init(positives: [[Int32]], negatives: [[Int32]], sample: Int? = nil, seed: UInt64 = 1) {
    users =
      TopKQuality(heldOut: positives, itemCount: 0, sample: sample, seed: seed).users
    self.positives = positives
    self.negatives = negatives
  }

  /// The means over users; recall and hit rate are the same here.
  public func metrics(
    of model: any FittedRecommender, asked: AskedHistories, itemCount: Int, k: Int,
    threads: Int? = nil
  ) throws -> RankingMetrics {
    let places = Mutex([Int: Int]())
    try ScoredBlocks.forEach(
      model, asked: asked, itemCount: itemCount, users: users, threads: threads
    ) { user, scores in
      let positive = Int(positives[user][0])
      let own = positive >= 0 ? scores[positive] : -.infinity
      let above = negatives[user].reduce(0) { count, item in
        count + (item < 0 ? (positive < 0 ? 1 : 0) : (scores[Int(item)] >= own ? 1 : 0))
      }
      places.withLock { $0[user] = above + 1 }
    }
    let found = places.withLock { $0 }
    var sum = RankingMetrics()
    for user in users {
      sum += RankingMetrics(ranked: (1...k), relevant: [found[user] ?? Int.max], k: k)
    }
    return sum.divided(by: users.count)
  }
}
