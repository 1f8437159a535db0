import RecommendationCore

/// An interval of a mean over users, by the percentile bootstrap (Efron 1979).
public struct BootstrapInterval: Sendable, Equatable, Codable {
  /// The mean.
  public var mean: Double
  /// Lower end.
  public var low: Double
  /// Upper end.
  public var high: Double

  /// Draws users with repetition, again and again. O(rounds · values); equal seeds give equal intervals.
  ///
  /// - Parameters:
  ///   - values: one a user; without any, all figures are 0.
  ///   - confidence: share of the drawn means inside, above 0 and below 1.
  ///   - rounds: how often is drawn, 1 at least.
  public init(_ values: [Double], confidence: Double = 0.95, rounds: Int = 1_000, seed: UInt64 = 1)
  {
    guard !values.isEmpty else {
      (mean, low, high) = (0, 0, 0)
      return
    }
    var generator = SeededGenerator(seed: seed)
    mean = values.reduce(0, +) / Double(values.count)
    let means = (0..<max(1, rounds)).map { _ in
      var sum = 0.0
      for _ in values.indices { sum += values[Int.random(in: values.indices, using: &generator)] }
      return sum / Double(values.count)
    }.sorted()
    let tail = (1 - min(max(confidence, 0), 1)) / 2
    low = means[Int((Double(means.count - 1) * tail).rounded(.down))]
    high = means[Int((Double(means.count - 1) * (1 - tail)).rounded(.up))]
  }
}
