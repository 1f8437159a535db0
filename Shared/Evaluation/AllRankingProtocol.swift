import LinearAlgebra
import RecommendationCore
import Synchronization

/// A user of an evaluation.
public struct EvaluationCase: Sendable {
  /// The user.
  public var user: UserID
  /// Items of the user's train part: not ranked.
  public var train: [ItemID]
  /// Items of the user's test part.
  public var test: [ItemID]

  /// A user.
  public init(user: UserID, train: [ItemID], test: [ItemID]) {
    self.user = user
    self.train = train
    self.test = test
  }
}

/// Ranks, for each user with a test item, all items that are not in the user's train part.
///
/// No sampling of negatives: sampled metrics order models wrongly (Krichene, Rendle 2020). Means are
/// over all users with a test item, also those whose test items the model does not know.
public struct AllRankingProtocol: Sendable {
  /// The items that are ranked: all that occur in anybody's train part, by key.
  public let items: [ItemID]
  /// Users with at least one test item.
  public let cases: [EvaluationCase]
  /// Places to measure at, rising.
  public let cutoffs: [Int]
  /// Threads that score users at once; nil: all cores.
  public let threads: Int?

  /// A protocol over users.
  ///
  /// - Parameters:
  ///   - items: what is ranked; nil for all items of anybody's train part.
  ///   - cutoffs: places to measure at; those below 1 are left out.
  public init(
    cases: [EvaluationCase], items: [ItemID]? = nil, cutoffs: [Int] = [5, 10, 20],
    threads: Int? = nil
  ) {
    let ranked = items ?? cases.flatMap(\.train)
    self.items = Set(ranked).sorted()
    self.cases = cases.filter { !$0.test.isEmpty }
    self.cutoffs = Set(cutoffs.filter { $0 > 0 }).sorted()
    self.threads = threads
  }

  /// Evaluates a model.
  ///
  /// - Parameters:
  ///   - name: for the report.
  ///   - scorer: writes the scores of all ``items``, in their order, into the buffer; called from several
  ///     threads at once. Ties are broken by item; scores that are not finite are never ranked.
  /// - Throws: the first error of the scorer.
  public func evaluate(
    _ name: String,
    scorer: @Sendable (EvaluationCase, UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws -> EvaluationReport {
    let deepest = cutoffs.last ?? 0
    let rowOfItem = Dictionary(
      uniqueKeysWithValues: items.indices.map { (items[$0], $0) })
    let collected = Mutex(Collected(cases: cases.count))
    let clock = ContinuousClock.now
    ParallelRows(threads: threads, blockSize: 16).run(count: cases.count) { _, range in
      guard collected.withLock({ $0.failure == nil }) else { return }
      let selector = TopKSelector(capacity: min(deepest, items.count))
      var scores = [Float](repeating: 0, count: items.count)
      do {
        for index in range {
          let list = try scores.withUnsafeMutableBufferPointer { buffer in
            try rank(cases[index], rowOfItem, selector, buffer, scorer)
          }
          collected.withLock { $0.lists[index] = list }
        }
      } catch {
        collected.withLock { $0.failure = $0.failure ?? error }
      }
    }
    let (lists, failure) = collected.withLock { ($0.lists, $0.failure) }
    if let failure { throw failure }
    return report(name, lists, seconds: (ContinuousClock.now - clock) / .seconds(1))
  }

  private struct Collected {
    var lists: [[Int32]]
    var failure: (any Error)?
    init(cases: Int) { lists = [[Int32]](repeating: [], count: cases) }
  }

  private func rank(
    _ one: EvaluationCase, _ rowOfItem: [ItemID: Int], _ selector: TopKSelector,
    _ scores: UnsafeMutableBufferPointer<Float>,
    _ scorer: (EvaluationCase, UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws -> [Int32] {
    try scorer(one, scores)
    for item in one.train {
      if let row = rowOfItem[item] { scores[row] = -.infinity }
    }
    selector.offer(UnsafeBufferPointer(scores), firstRow: 0)
    return selector.drained().rows
  }

  private func report(_ name: String, _ lists: [[Int32]], seconds: Double) -> EvaluationReport {
    let atCutoffs = cutoffs.map { k in
      var sums = RankingMetrics()
      var shown = Set<Int32>()
      for (one, list) in zip(cases, lists) {
        let ranked = list.prefix(k).map { items[Int($0)] }
        sums.add(RankingMetrics(ranked: ranked, relevant: Set(one.test), k: k))
        shown.formUnion(list.prefix(k))
      }
      return EvaluationReport.AtCutoff(
        k: k, metrics: sums.divided(by: cases.count),
        coverage: items.isEmpty ? 0 : Double(shown.count) / Double(items.count))
    }
    return EvaluationReport(
      name: name, users: cases.count, items: items.count, seconds: seconds, atCutoffs: atCutoffs)
  }
}
