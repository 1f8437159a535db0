import Evaluation
import RecommendationCore

/// How good lists are against held-out items: ``RankingMetrics`` averaged over users that have some.
public struct TopKQuality: Sendable {
  /// Users with something held out that are measured.
  public let users: [Int]
  /// Each user's held-out items.
  public let heldOut: [[Int32]]
  /// Number of items in all.
  public let itemCount: Int

  /// A measure.
  ///
  /// - Parameter sample: measure so many users at most, drawn by the seed in blocks of 16; nil for all.
  public init(heldOut: [[Int32]], itemCount: Int, sample: Int? = nil, seed: UInt64 = 1) {
    var users = heldOut.indices.filter { !heldOut[$0].isEmpty }
    if let sample, users.count > sample {
      // Neighbours are drawn together: models score a block of users far quicker than each alone.
      var generator = SeededGenerator(seed: seed)
      let blocks = stride(from: 0, to: users.count, by: 16).map {
        users[$0..<min(users.count, $0 + 16)]
      }
      users = blocks.shuffled(using: &generator).joined().prefix(sample).sorted()
    }
    self.users = users
    self.heldOut = heldOut
    self.itemCount = itemCount
  }

  /// The means over users at a number of places.
  public func metrics(_ lists: [[Int32]], k: Int) -> RankingMetrics {
    var sum = RankingMetrics()
    for user in users { sum += metrics(lists[user], of: user, k: k) }
    return sum.divided(by: users.count)
  }

  /// One user's metrics at a number of places.
  public func metrics(_ list: [Int32], of user: Int, k: Int) -> RankingMetrics {
    RankingMetrics(ranked: list, relevant: Set(heldOut[user]), k: k)
  }

  /// Asks a model for the measured users' lists and measures them.
  public func metrics(
    of model: any FittedRecommender, asked: AskedHistories, k: Int, threads: Int? = nil
  ) throws -> RankingMetrics {
    let lists = try RecommendedLists(
      of: model, asked: asked, itemCount: itemCount, users: users, count: k, threads: threads)
    return metrics(lists.items, k: k)
  }
}
