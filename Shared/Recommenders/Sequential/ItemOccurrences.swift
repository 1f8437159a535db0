/// Where each item stands in the histories.
struct ItemOccurrences: Sendable {
  /// Item i's are `starts[i] ..< starts[i + 1]`.
  let starts: [Int]
  /// The user of each.
  let users: [Int32]
  /// The place of each in ``Histories/items``; rising within an item.
  let places: [Int]

  init(_ histories: Histories, itemCount: Int) {
    var starts = [Int](repeating: 0, count: itemCount + 1)
    for item in histories.items { starts[Int(item) + 1] += 1 }
    for item in 0..<itemCount { starts[item + 1] += starts[item] }
    var next = starts
    var users = [Int32](repeating: 0, count: histories.items.count)
    var places = [Int](repeating: 0, count: histories.items.count)
    for user in 0..<histories.userCount {
      for place in histories.range(user) {
        let item = Int(histories.items[place])
        users[next[item]] = Int32(truncatingIfNeeded: user)
        places[next[item]] = place
        next[item] += 1
      }
    }
    (self.starts, self.users, self.places) = (starts, users, places)
  }

  /// The occurrences of an item.
  func range(_ item: Int) -> Range<Int> { starts[item]..<starts[item + 1] }
}
