import Evaluation
import LinearAlgebra
import Synchronization

/// The items that any of several models would show to validation users, with all models' standardised
/// scores: enough to try many weights quickly.
struct BlendPool: Sendable {
  /// One user's pool.
  struct User: Sendable {
    /// The user's row.
    var user: Int
    /// The items, rising.
    var items: [Int32]
    /// `items.count` scores of each model, one model after the other.
    var scores: [Float]
  }

  /// The users that are measured.
  let users: [User]
  private let quality: TopKQuality
  private let k: Int
  private let modelCount: Int

  /// Asks all models for the measured users. O(models · users · items).
  ///
  /// - Parameter depth: how many of each model's best go into a user's pool.
  init(
    _ models: [any FittedRecommender], quality: TopKQuality, asked: AskedHistories, k: Int,
    depth: Int, threads: Int?
  ) throws {
    self.quality = quality
    self.k = k
    modelCount = models.count
    let itemCount = quality.itemCount
    let pools = Mutex([Int: User]())
    // Pass one finds each user's items, pass two takes all models' scores of them.
    for model in models {
      let lists = try RecommendedLists(
        of: model, asked: asked, itemCount: itemCount, users: quality.users, count: depth,
        threads: threads)
      pools.withLock { pools in
        for user in quality.users {
          pools[user, default: User(user: user, items: [], scores: [])].items += lists.items[user]
        }
      }
    }
    pools.withLock { pools in
      pools = pools.mapValues { one in
        User(user: one.user, items: Set(one.items).sorted(), scores: [])
      }
    }
    for model in models {
      try ScoredBlocks.forEach(
        model, asked: asked, itemCount: itemCount, users: quality.users, threads: threads
      ) { user, scores in
        let scale = ScoreScale(UnsafeBufferPointer(scores))
        let items = pools.withLock { $0[user]?.items ?? [] }
        let standardized = items.map { scale.standardized(scores[Int($0)]) }
        pools.withLock { $0[user]?.scores += standardized }
      }
    }
    users = pools.withLock { $0.values.sorted { $0.user < $1.user } }
  }

  /// Mean NDCG of the blend with these weights, one a model.
  func ndcg(_ weights: [Float], threads: Int?) -> Double {
    let sums = Mutex(0.0)
    ParallelRows(threads: threads, blockSize: 64).run(count: users.count) { _, range in
      let selector = TopKSelector(capacity: k)
      var sum = 0.0
      for index in range {
        let one = users[index]
        let count = one.items.count
        for place in 0..<count {
          var score: Float = 0
          for (model, weight) in weights.enumerated() where weight != 0 {
            score += weight * one.scores[model * count + place]
          }
          selector.offer(score, row: Int32(truncatingIfNeeded: place))
        }
        let list = selector.drained().rows.map { one.items[Int($0)] }
        sum += quality.metrics(list, of: one.user, k: k).ndcg
      }
      sums.withLock { $0 += sum }
    }
    return users.isEmpty ? 0 : sums.withLock { $0 } / Double(users.count)
  }

  /// Weights that make the NDCG high, by coordinate ascent from the best single model.
  ///
  /// Each turn tries, for each model, several weights relative to the sum of the others, and keeps what
  /// helps by more than noise would; a weight of 0 leaves a model out, which costs nothing in serving.
  ///
  /// - Parameter margin: what another member must add to the NDCG, relative, to be taken.
  func weights(margin: Double, threads: Int?) -> (weights: [Float], ndcg: Double) {
    var best = [Float](repeating: 0, count: modelCount)
    var bestValue = -1.0
    for model in 0..<modelCount {
      var alone = [Float](repeating: 0, count: modelCount)
      alone[model] = 1
      let value = ndcg(alone, threads: threads)
      if value > bestValue { (best, bestValue) = (alone, value) }
    }
    for step in [1.0, 0.5, 0.25] as [Float] {
      var isBetter = true
      while isBetter {
        isBetter = false
        for model in 0..<modelCount {
          let old = best[model]
          let tried: [Float] =
            old == 0 ? [0.1, 0.3, 0.6, 1] : [0, old * (1 - step / 2), old * (1 + step)]
          for weight in tried {
            var weights = best
            weights[model] = weight
            guard weights.contains(where: { $0 > 0 }) else { continue }
            let value = ndcg(weights, threads: threads)
            let wanted = bestValue * (old == 0 ? 1 + margin : weight == 0 ? 1 - margin / 2 : 1.0002)
            if value > wanted || (weight == 0 && value >= bestValue) {
              isBetter = isBetter || value > bestValue * 1.0002
              (best, bestValue) = (weights, value)
            }
          }
        }
      }
    }
    return (best, bestValue)
  }
}
