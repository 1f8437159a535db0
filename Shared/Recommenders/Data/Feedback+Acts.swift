import Datasets

extension Feedback {
  /// Feedback of what a file says, users and items in the rows of its reader.
  ///
  /// With times, each user's acts are put in their order; acts of one time keep the order of the file.
  ///
  /// - Parameters:
  ///   - userCount: rows of users there are: those of a reader that has read more files may have no act.
  ///   - isOrdered: whether the file's order is that of time.
  /// - Throws: as ``init(histories:itemCount:ratings:)``.
  public init(
    _ acts: FeedbackReader.Acts, isOrdered: Bool, userCount: Int, itemCount: Int
  ) throws {
    let order = Self.order(of: acts, userCount: userCount)
    let histories = Histories(
      starts: order.starts, items: order.entries.map { acts.items[$0] },
      isOrdered: isOrdered || acts.times != nil)
    let ratings = acts.values.map { values in order.entries.map { values[$0] } }
    try self.init(histories: histories, itemCount: itemCount, ratings: ratings)
  }

  /// Acts by user, and by time within a user. O(acts + users), and the sorting of each user's acts.
  private static func order(
    of acts: FeedbackReader.Acts, userCount: Int
  ) -> (starts: [Int], entries: [Int]) {
    var starts = [Int](repeating: 0, count: userCount + 1)
    for user in acts.users { starts[Int(user) + 1] += 1 }
    for user in 0..<userCount { starts[user + 1] += starts[user] }
    var next = starts
    var entries = [Int](repeating: 0, count: acts.users.count)
    for (act, user) in acts.users.enumerated() {
      entries[next[Int(user)]] = act
      next[Int(user)] += 1
    }
    if let times = acts.times {
      for user in 0..<userCount {
        entries[starts[user]..<starts[user + 1]].sort { (times[$0], $0) < (times[$1], $1) }
      }
    }
    return (starts, entries)
  }
}
