import RecommendationCore

/// Acts divided into what a model may learn from and what it is tested on, as indices of the acts.
///
/// Deterministic: acts at one time keep the order that they came in.
public struct EvaluationSplit: Sendable, Equatable {
  /// Acts to learn from, in time order.
  public var train: [Int]
  /// Acts to test on, in time order.
  public var test: [Int]

  /// A split.
  public init(train: [Int], test: [Int]) {
    self.train = train
    self.test = test
  }

  /// The latest share of all acts is the test part.
  ///
  /// Acts at the very time of the cut are all on the train side, so that no moment is on both.
  ///
  /// - Parameter testShare: from 0 to 1.
  public static func byTime(_ timesMilliseconds: [Int64], testShare: Double) -> EvaluationSplit {
    let order = inTimeOrder(timesMilliseconds)
    var cut = order.count - Int((Double(order.count) * clamped(testShare)).rounded())
    while cut > 0, cut < order.count,
      timesMilliseconds[order[cut]] == timesMilliseconds[order[cut - 1]]
    {
      cut += 1
    }
    return EvaluationSplit(train: Array(order[..<cut]), test: Array(order[cut...]))
  }

  /// Each user's last `count` acts are the test part; a user with no more than that stays in train.
  public static func lastActs(
    _ count: Int, users: [UserID], timesMilliseconds: [Int64]
  ) -> EvaluationSplit {
    split(users, timesMilliseconds) { $0 > count ? count : 0 }
  }

  /// Each user's last share of acts is the test part, rounded down; at least one stays in train.
  public static func lastShare(
    _ share: Double, users: [UserID], timesMilliseconds: [Int64]
  ) -> EvaluationSplit {
    split(users, timesMilliseconds) { min($0 - 1, Int(Double($0) * clamped(share))) }
  }

  private static func split(
    _ users: [UserID], _ times: [Int64], testCount: (Int) -> Int
  ) -> EvaluationSplit {
    var left: [UserID: Int] = [:]
    for user in users { left[user, default: 0] += 1 }
    let testCounts = left.mapValues(testCount)
    var result = EvaluationSplit(train: [], test: [])
    for index in inTimeOrder(Array(times.prefix(users.count))) {
      let user = users[index]
      if left[user, default: 0] > testCounts[user, default: 0] {
        result.train.append(index)
      } else {
        result.test.append(index)
      }
      left[user, default: 0] -= 1
    }
    return result
  }

  private static func inTimeOrder(_ times: [Int64]) -> [Int] {
    times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
  }

  private static func clamped(_ share: Double) -> Double { share > 0 ? min(share, 1) : 0 }
}
