import RecommendationCore

/// Feedback divided into what models learn from and what they are chosen by.
public struct ValidationSplit: Sendable {
  /// How what is held out is drawn.
  public enum Rule: Sendable, Equatable {
    /// Each user's last act; users with fewer than three acts keep all.
    case lastAct
    /// A share of each user's acts: the last ones where the order is known and wanted, else random ones.
    case share(Double, latest: Bool)
  }

  /// What to learn from: the same rows of users and items.
  public let train: Feedback
  /// Items held out, a list a user; none that the user keeps in ``train``.
  public let heldOut: [[Int32]]

  /// A split whose held-out part is given.
  public init(train: Feedback, heldOut: [[Int32]]) {
    self.train = train
    self.heldOut = heldOut
  }

  /// Holds out by a rule; equal seeds hold out the same. A user keeps at least one act.
  public init(_ feedback: Feedback, rule: Rule, seed: UInt64) throws {
    var kept = [[Int32]]()
    var ratings = [Float]()
    var heldOut = [[Int32]]()
    for user in 0..<feedback.userCount {
      let range = feedback.histories.range(user)
      let places = Self.heldOut(range, feedback, rule, seed: seed, user: user)
      let keptPlaces = range.filter { !places.contains($0) }
      let keptItems = keptPlaces.map { feedback.histories.items[$0] }
      kept.append(keptItems)
      if let all = feedback.ratings { ratings += keptPlaces.map { all[$0] } }
      let known = Set(keptItems)
      heldOut.append(
        Set(places.map { feedback.histories.items[$0] }).subtracting(known).sorted())
    }
    self.heldOut = heldOut
    train = try Feedback(
      histories: Histories(kept, isOrdered: feedback.histories.isOrdered),
      itemCount: feedback.itemCount, ratings: feedback.ratings == nil ? nil : ratings)
  }

  private static func heldOut(
    _ range: Range<Int>, _ feedback: Feedback, _ rule: Rule, seed: UInt64, user: Int
  ) -> Set<Int> {
    switch rule {
    case .lastAct:
      return range.count < 3 ? [] : [range.upperBound - 1]
    case .share(let share, let latest):
      // At least one of two or more, so that users of short histories take part.
      let wanted = max(range.count > 1 ? 1 : 0, Int((Double(range.count) * share).rounded()))
      let count = min(max(0, range.count - 1), wanted)
      if latest, feedback.histories.isOrdered { return Set(range.suffix(count)) }
      var generator = SeededGenerator(seed: seed ^ (UInt64(user) &* 0x9e37_79b9_7f4a_7c15))
      return Set(range.shuffled(using: &generator).prefix(count))
    }
  }
}
