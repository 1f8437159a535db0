import RecommendationCore

/// What each user liked, in the order of time, one entry an item: user after user in one column.
struct LikedSequences: Sendable {
  /// Where an item stands in the column, and where its user's part ends.
  struct Place {
    var index: Int
    var end: Int
  }

  /// Distinct items, in the order of their keys.
  let items: [ItemID]
  /// Rows in ``items``, user after user.
  private(set) var rows: [Int32] = []
  /// Places of each item.
  private(set) var occurrences: [[Place]]

  /// Columns of acts; those without a positive weight are left out. O(acts · log acts).
  init(users: [UserID], items all: [ItemID], weights: [Float], timesMilliseconds: [Int64]) {
    let liked = users.indices.filter { weights[$0] > 0 && weights[$0].isFinite }
    let items = Set(liked.map { all[$0] }).sorted()
    let rowOfItem = Dictionary(
      uniqueKeysWithValues: items.indices.map { (items[$0], Int32(truncatingIfNeeded: $0)) })
    self.items = items
    occurrences = [[Place]](repeating: [], count: items.count)
    // Equal times stay in the order of the log.
    let order = liked.sorted {
      (users[$0], timesMilliseconds[$0], $0) < (users[$1], timesMilliseconds[$1], $1)
    }
    var start = 0
    var last: [Int32: Int] = [:]
    while start < order.count {
      var end = start
      while end < order.count, users[order[end]] == users[order[start]] { end += 1 }
      last.removeAll(keepingCapacity: true)
      for place in start..<end {
        if let row = rowOfItem[all[order[place]]] { last[row] = place }
      }
      append(last.sorted { $0.value < $1.value }.map(\.key))
      start = end
    }
  }

  private mutating func append(_ sequence: [Int32]) {
    let end = rows.count + sequence.count
    for row in sequence {
      occurrences[Int(row)].append(Place(index: rows.count, end: end))
      rows.append(row)
    }
  }
}
