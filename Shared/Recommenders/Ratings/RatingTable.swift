/// The explicit ratings that a fit learns from: one of each pair of a user and an item, by user and by item.
struct RatingTable: Sendable {
  let userCount: Int
  let itemCount: Int
  /// User u's ratings are `userStarts[u] ..< userStarts[u + 1]`; items rise within a user.
  let userStarts: [Int]
  /// The user of each rating.
  let users: [Int32]
  /// The item of each rating.
  let items: [Int32]
  /// The ratings.
  let values: [Float]
  /// Item i's ratings are `byItem[itemStarts[i] ..< itemStarts[i + 1]]`.
  let itemStarts: [Int]
  /// The ratings' places, by item; users rise within an item.
  let byItem: [Int32]
  /// Mean of all ratings.
  let mean: Float
  /// Least and greatest rating: predictions stay within.
  let range: ClosedRange<Float>

  /// The ratings of feedback; of several of one pair the last counts.
  ///
  /// - Throws: ``RecommenderError/Code/unsuitableData`` when there are none.
  init(_ feedback: Feedback) throws {
    guard let ratings = feedback.ratings, !ratings.isEmpty else {
      throw RecommenderError(.unsuitableData, "this kind learns from ratings, the data has none")
    }
    var entries: [Entry] = []
    entries.reserveCapacity(ratings.count)
    for user in 0..<feedback.userCount {
      var places: [Int32: Int] = [:]
      for place in feedback.histories.range(user) {
        places[feedback.histories.items[place]] = place
      }
      for (item, place) in places.sorted(by: { $0.key < $1.key }) {
        entries.append(Entry(user: Int32(user), item: item, value: ratings[place]))
      }
    }
    self.init(entries, userCount: feedback.userCount, itemCount: feedback.itemCount)
  }

  /// A rating of a pair.
  struct Entry: Sendable {
    var user: Int32
    var item: Int32
    var value: Float
  }

  /// A table of entries, of which there is at least one, sorted by user and then by item.
  init(_ entries: [Entry], userCount: Int, itemCount: Int) {
    self.userCount = userCount
    self.itemCount = itemCount
    users = entries.map(\.user)
    items = entries.map(\.item)
    values = entries.map(\.value)
    userStarts = Self.starts(of: users, count: userCount)
    itemStarts = Self.starts(of: items, count: itemCount)
    var next = itemStarts
    var byItem = [Int32](repeating: 0, count: entries.count)
    for (place, entry) in entries.enumerated() {
      byItem[next[Int(entry.item)]] = Int32(truncatingIfNeeded: place)
      next[Int(entry.item)] += 1
    }
    self.byItem = byItem
    mean = Float(values.reduce(0.0) { $0 + Double($1) } / Double(max(1, values.count)))
    range = (values.min() ?? 0)...(values.max() ?? 0)
  }

  private static func starts(of keys: [Int32], count: Int) -> [Int] {
    var starts = [Int](repeating: 0, count: count + 1)
    for key in keys { starts[Int(key) + 1] += 1 }
    for key in 0..<count { starts[key + 1] += starts[key] }
    return starts
  }

  /// Number of ratings.
  var count: Int { values.count }
  /// The places of a user's ratings.
  func ratings(ofUser user: Int) -> Range<Int> { userStarts[user]..<userStarts[user + 1] }
  /// The places, in ``byItem``, of an item's ratings.
  func ratings(ofItem item: Int) -> Range<Int> { itemStarts[item]..<itemStarts[item + 1] }

  /// The entries at some places.
  func entries(_ places: some Sequence<Int>) -> [Entry] {
    places.map { Entry(user: users[$0], item: items[$0], value: values[$0]) }
  }

  /// Why a kind of rating model cannot learn from data of a shape.
  static func obstacle(_ shape: DataShape) -> String? {
    shape.hasRatings && shape.pairs > 0 ? nil : "needs ratings"
  }
}
