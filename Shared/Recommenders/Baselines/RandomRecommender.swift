import RecommendationCore

/// Any item as good as any other: what a protocol gives to no knowledge at all.
public struct RandomRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "random"
  /// What it is, in a line.
  public static let summary = "any item as good as any other"
  /// Its settings.
  public static let settings: [Setting] = []

  /// Nothing can be set.
  public init(_ values: SettingValues) {}

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) -> any FittedRecommender {
    RandomScores(seed: context.seed, itemCount: feedback.itemCount)
  }
}

private struct RandomScores: FittedRecommender {
  let seed: UInt64
  let itemCount: Int

  func score(
    _ users: Range<Int>, _ asked: AskedHistories, into target: UnsafeMutableBufferPointer<Float>
  ) {
    for (place, user) in users.enumerated() {
      var generator = SeededGenerator(seed: seed ^ (UInt64(user) &* 0x9e37_79b9_7f4a_7c15))
      for item in 0..<itemCount {
        target[place * itemCount + item] = Float.random(in: 0..<1, using: &generator)
      }
    }
  }
}
