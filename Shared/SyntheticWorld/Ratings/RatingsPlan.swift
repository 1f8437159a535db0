import Foundation
import RecommendationCore

/// What is drawn once for a file of ratings: how many each user makes, and what each item is.
struct RatingsPlan: Sendable {
  let configuration: RatingsConfiguration
  /// Ratings by user.
  let counts: [Int32]
  /// From rank of popularity to the item's number, as the file names it.
  let numbers: [Int32]
  /// How far an item's ratings lie above the mean, in stars, by rank.
  let qualities: [Float]
  let popularity: AliasTable

  init(_ configuration: RatingsConfiguration) {
    self.configuration = configuration
    var random = SeededGenerator(seed: configuration.seed)
    counts = Self.counts(configuration, &random)
    // Ids with gaps, as those of a real catalogue, and without a hint of popularity.
    var numbers = (0..<Int32(configuration.items)).map { $0 * 3 + 1 + Int32(random.next() % 3) }
    numbers.shuffle(using: &random)
    self.numbers = numbers
    qualities = numbers.map { _ in Float(random.normal() * 0.4) }
    popularity = AliasTable(
      weights: (1...configuration.items).map {
        pow(Double($0) + configuration.shift, -configuration.exponent)
      })
  }

  /// Log-normal activity: one rating each, the rest by weight, and what rounding left over one by one.
  private static func counts(
    _ configuration: RatingsConfiguration, _ random: inout SeededGenerator
  ) -> [Int32] {
    let weights = (0..<configuration.users).map { _ in exp(1.2 * random.normal()) }
    let scale = Double(configuration.rows - configuration.users) / weights.reduce(0, +)
    let limit = configuration.userLimit
    var counts = weights.map { min(1 + Int($0 * scale), limit) }
    var left = configuration.rows - counts.reduce(0, +)
    // Once round gives one each to all; what a cut-off heavy user could not take may need many rounds.
    while left > 0 {
      let step = max(1, left / counts.count)
      for user in counts.indices where left > 0 {
        let more = min(step, limit - counts[user], left)
        counts[user] += more
        left -= more
      }
    }
    return counts.map { Int32($0) }
  }
}
