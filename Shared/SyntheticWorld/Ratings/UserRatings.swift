import RecommendationCore

/// Makes the ratings of one user after another; one a thread.
struct UserRatings {
  /// A rating, as it stands in the file.
  struct Rating {
    /// The item's number.
    var item: Int32
    /// Half stars, from 1 to 10.
    var halves: Int32
    /// Unix time in seconds.
    var seconds: Int64
  }

  /// 1995-01-09 00:00 UTC, when MovieLens began.
  static let start: Int64 = 789_609_600
  /// 25 years.
  static let span: Int64 = 25 * 365 * 86_400
  /// So many ratings in one sitting.
  private static let sitting = 20

  private let plan: RatingsPlan
  /// The last user that rated an item, by rank.
  private var raters: [Int32]
  /// The current user's ratings, in the order of the items' numbers, as in MovieLens' own file.
  private(set) var ratings: [Rating] = []

  init(_ plan: RatingsPlan) {
    self.plan = plan
    raters = [Int32](repeating: -1, count: plan.configuration.items)
  }

  /// Makes a user's ratings: the same for a plan and a user, whatever was made before.
  mutating func make(user: Int) {
    var random = SeededGenerator(
      seed: plan.configuration.seed &+ UInt64(user + 1) &* 0xd6e8_feb8_6659_fd93)
    ratings.removeAll(keepingCapacity: true)
    let generosity = Float(random.normal() * 0.4)
    let first = Self.start + Int64(random.uniform() * Double(Self.span))
    let rest = Double(Self.start + Self.span - first)
    var time = first
    for index in 0..<Int(plan.counts[user]) {
      if index % Self.sitting == 0, index > 0 { time = first + Int64(random.uniform() * rest) }
      let rank = unratedRank(user, &random)
      let bits = random.next()
      // The sum of two uniform numbers: a triangle from -1.5 to 1.5 stars.
      let noise = Float(bits & 0xffff) + Float(bits >> 16 & 0xffff)
      let stars = 3.5 + plan.qualities[rank] + generosity + (noise / 65_536 - 1) * 1.5
      ratings.append(
        Rating(
          item: plan.numbers[rank], halves: Int32(min(10, max(1, (stars * 2).rounded()))),
          seconds: time))
      time += Int64(5 + bits >> 32 & 63)
    }
    ratings.sort { $0.item < $1.item }
  }

  /// Draws until the item is new to the user; after many tries the next less popular new one is taken.
  private mutating func unratedRank(_ user: Int, _ random: inout SeededGenerator) -> Int {
    var rank = 0
    for _ in 0..<32 {
      rank = plan.popularity.draw(&random)
      if raters[rank] != Int32(user) { break }
    }
    // Ends: a user rates at most half of the items.
    while raters[rank] == Int32(user) { rank = rank + 1 == raters.count ? 0 : rank + 1 }
    raters[rank] = Int32(user)
    return rank
  }
}
