import LinearAlgebra
import Synchronization

/// Each user's best items by a recommender.
public struct RecommendedLists: Sendable {
  /// A list a user, best first; users that were not asked for have an empty one.
  public let items: [[Int32]]
  /// The scores of ``items``.
  public let scores: [[Float]]

  /// Scores all items for users and keeps the best.
  ///
  /// Ties go to the lower row. Items of the asked history are left out. O(users · items).
  ///
  /// - Parameters:
  ///   - users: rows of users; nil for all.
  ///   - count: how many to keep for each.
  public init(
    of model: any FittedRecommender, asked: AskedHistories, itemCount: Int, users: [Int]? = nil,
    count: Int, threads: Int? = nil
  ) throws {
    let userCount = asked.histories.userCount
    let kept = Mutex(
      Kept(
        items: [[Int32]](repeating: [], count: userCount),
        scores: [[Float]](repeating: [], count: userCount)))
    try ScoredBlocks.forEach(
      model, asked: asked, itemCount: itemCount, users: users, threads: threads
    ) { user, row in
      for item in asked.histories[user] { row[Int(item)] = -.infinity }
      let selector = TopKSelector(capacity: min(count, itemCount))
      selector.offer(UnsafeBufferPointer(row), firstRow: 0)
      let best = selector.drained()
      kept.withLock {
        $0.items[user] = best.rows
        $0.scores[user] = best.scores
      }
    }
    (items, scores) = kept.withLock { ($0.items, $0.scores) }
  }

  private struct Kept {
    var items: [[Int32]]
    var scores: [[Float]]
  }
}

/// Goes through users in blocks, on all cores, with the scores of all items.
public enum ScoredBlocks {
  /// Calls a body with each user and the scores of all items, from several threads at once.
  ///
  /// - Parameters:
  ///   - users: rows of users; nil for all. Neighbours are scored together.
  ///   - body: may write over the scores.
  public static func forEach(
    _ model: any FittedRecommender, asked: AskedHistories, itemCount: Int, users: [Int]? = nil,
    threads: Int? = nil,
    _ body: @Sendable (_ user: Int, _ scores: UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    let runs = runs(of: users, userCount: asked.histories.userCount, itemCount: itemCount)
    let failure = Mutex<(any Error)?>(nil)
    ParallelRows(threads: threads, blockSize: 1).run(count: runs.count) { _, indices in
      for index in indices where failure.withLock({ $0 == nil }) {
        let run = runs[index]
        let scores = UnsafeMutableBufferPointer<Float>.allocate(capacity: run.count * itemCount)
        defer { scores.deallocate() }
        do {
          try model.score(run, asked, into: scores)
          for (place, user) in run.enumerated() {
            try body(
              user,
              UnsafeMutableBufferPointer(
                rebasing: scores[(place * itemCount)..<((place + 1) * itemCount)]))
          }
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Neighbouring users in runs of at most 64, fewer where items are many: 64 MiB of scores at most.
  private static func runs(of users: [Int]?, userCount: Int, itemCount: Int) -> [Range<Int>] {
    let longest = max(1, min(64, (1 << 24) / max(1, itemCount)))
    guard let users else {
      return stride(from: 0, to: userCount, by: longest).map { $0..<min(userCount, $0 + longest) }
    }
    var runs: [Range<Int>] = []
    for user in Set(users).sorted() where user < userCount && user >= 0 {
      if let last = runs.last, last.upperBound == user, last.count < longest {
        runs[runs.count - 1] = last.lowerBound..<(user + 1)
      } else {
        runs.append(user..<(user + 1))
      }
    }
    return runs
  }
}
