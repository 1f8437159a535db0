import Models

/// The items that most users took, the same for everybody.
public struct PopularityRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "popularity"
  /// What it is, in a line.
  public static let summary = "what most users took; the same for everybody"
  /// Its settings.
  public static let settings: [Setting] = []

  /// Nothing can be set.
  public init(_ values: SettingValues) {}

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) -> any FittedRecommender {
    FixedScores(
      scores: (0..<feedback.itemCount).map { Float(feedback.byItem.range($0).count) })
  }
}

/// The same scores for everybody.
struct FixedScores: FittedRecommender {
  let scores: [Float]

  func score(
    _ users: Range<Int>, _ asked: AskedHistories, into target: UnsafeMutableBufferPointer<Float>
  ) {
    for place in 0..<users.count {
      for item in scores.indices { target[place * scores.count + item] = scores[item] }
    }
  }
}
