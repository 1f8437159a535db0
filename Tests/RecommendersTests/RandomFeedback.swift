import RecommendationCore

@testable import Recommenders

/// Feedback where low rows are popular and users like one half of the items better than the other.
enum RandomFeedback {
  static func make(
    users: Int, items: Int, perUser: Int, seed: UInt64, isOrdered: Bool = false
  ) throws -> Feedback {
    var generator = SeededGenerator(seed: seed)
    let lists = (0..<users).map { user -> [Int32] in
      var list: [Int32] = []
      for _ in 0..<Int.random(in: 1...perUser, using: &generator) {
        let depth = Double.random(in: 0..<1, using: &generator)
        let item = Int(depth * depth * Double(items))
        let side = Double.random(in: 0..<1, using: &generator) < 0.8 ? user % 2 : 1 - user % 2
        let row = Int32(min(items - 1, item / 2 * 2 + side))
        if !list.contains(row) { list.append(row) }
      }
      return isOrdered ? list : list.sorted()
    }
    return try Feedback(histories: Histories(lists, isOrdered: isOrdered), itemCount: items)
  }
}

/// Scores of all users, for tests.
enum FittedScores {
  static func all(
    _ model: any FittedRecommender, _ asked: AskedHistories, itemCount: Int
  ) throws -> [[Float]] {
    try (0..<asked.histories.userCount).map { user in
      let row = UnsafeMutableBufferPointer<Float>.allocate(capacity: itemCount)
      defer { row.deallocate() }
      row.initialize(repeating: .nan)
      try model.score(user..<user + 1, asked, into: row)
      return Array(row)
    }
  }
}
