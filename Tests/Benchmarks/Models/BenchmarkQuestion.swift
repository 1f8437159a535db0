import Evaluation
import RecommendationCore
import Recommenders

/// What is learned from and what is asked: the validation part, or the test part.
struct BenchmarkQuestion {
  let train: Feedback
  private let asked: AskedHistories
  private let heldOut: [[Int32]]
  private let negatives: [[Int32]]
  private let measure: BenchmarkSet.Measure

  init(_ set: BenchmarkSet, isTest: Bool, seed: UInt64) throws {
    measure = set.measure
    if isTest {
      train = set.feedback
      asked = AskedHistories(set.testHistories, areLearned: set.testHistories == train.histories)
      (heldOut, negatives) = (set.test, set.negatives)
    } else {
      let split = try ValidationSplit(set.feedback, rule: set.validation, seed: seed)
      train = split.train
      asked = AskedHistories(train.histories, areLearned: true)
      heldOut = split.heldOut
      negatives = Self.drawn(split, seed: seed)
    }
  }

  /// 99 items a user that it has not taken, for a validation part like the listed test.
  private static func drawn(_ split: ValidationSplit, seed: UInt64) -> [[Int32]] {
    (0..<split.train.userCount).map { user in
      var generator = SeededGenerator(seed: seed ^ UInt64(user) &* 0x2545_f491_4f6c_dd1d)
      let taken = Set(split.train.histories[user]).union(split.heldOut[user])
      var drawn = Set<Int32>()
      while drawn.count < min(99, split.train.itemCount - taken.count) {
        let item = Int32.random(in: 0..<Int32(split.train.itemCount), using: &generator)
        if !taken.contains(item) { drawn.insert(item) }
      }
      return drawn.sorted()
    }
  }

  /// - Parameter sample: so many users at most.
  func quality(of model: any FittedRecommender, sample: Int?) throws -> RankingMetrics {
    switch measure {
    case .allItems(let k):
      return try TopKQuality(heldOut: heldOut, itemCount: train.itemCount, sample: sample)
        .metrics(of: model, asked: asked, k: k)
    case .listed(let k):
      return try ListedQuality(positives: heldOut, negatives: negatives, sample: sample)
        .metrics(of: model, asked: asked, itemCount: train.itemCount, k: k)
    }
  }

  /// F1 of mean precision and mean recall.
  func f1(_ metrics: RankingMetrics) -> Double {
    let sum = metrics.precision + metrics.recall
    return sum > 0 ? 2 * metrics.precision * metrics.recall / sum : 0
  }
}
