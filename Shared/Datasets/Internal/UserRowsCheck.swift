/// Goes through each user's rows, users side by side: rows out of time order, repeated rows, and who and what
/// has rows at all.
struct UserRowsCheck: Sendable {
  let table: InteractionTable
  let repetition: DatasetRules.Repetition

  /// What was found.
  struct Outcome: Sendable {
    /// Rows that lie before the same user's row above them.
    var disorder = 0
    /// Rows to drop, rising.
    var repeated: [Int32] = []
    var userUsed: [Bool] = []
    var itemUsed: [Bool] = []
  }

  /// - Complexity: O(rows + users + items x cores), and a sort of the rows of users who come back to an item.
  func run(userCount: Int, itemCount: Int) -> Outcome {
    let groups = table.rowsByUser(userCount: userCount)
    let parts = ParallelParts.map(ranges: groups.balancedUsers) { users in
      check(users, groups, itemCount: itemCount)
    }
    var outcome = Outcome()
    outcome.userUsed = (0..<userCount).map { groups.offsets[$0] < groups.offsets[$0 + 1] }
    outcome.itemUsed = [Bool](repeating: false, count: itemCount)
    for part in parts {
      outcome.disorder += part.disorder
      outcome.repeated += part.repeated
      for (item, used) in part.itemUsed.enumerated() where used { outcome.itemUsed[item] = true }
    }
    outcome.repeated.sort()
    return outcome
  }

  private func check(_ users: Range<Int>, _ groups: RowsByUser, itemCount: Int) -> Outcome {
    var outcome = Outcome()
    var lastUserOfItem = [Int32](repeating: -1, count: itemCount)
    table.timesMilliseconds.withUnsafeBufferPointer { times in
      table.items.withUnsafeBufferPointer { items in
        lastUserOfItem.withUnsafeMutableBufferPointer { lastUser in
          for user in users {
            var last = Int64.min
            var repeats = false
            let mark = Int32(truncatingIfNeeded: user)
            let places = groups.offsets[user]..<groups.offsets[user + 1]
            for place in places {
              let row = groups.row(place)
              if times[row] < last { outcome.disorder += 1 }
              last = times[row]
              let item = Int(items[row])
              if lastUser[item] == mark { repeats = true }
              lastUser[item] = mark
            }
            if repeats { outcome.repeated += repeated(places.map { groups.row($0) }) }
          }
        }
      }
    }
    outcome.itemUsed = lastUserOfItem.map { $0 >= 0 }
    return outcome
  }

  /// The rows of one user that count as the same as another.
  private func repeated(_ rows: [Int]) -> [Int32] {
    func type(_ row: Int) -> UInt8 { repetition == .pair ? 0 : table.types[row] }
    let sorted = rows.sorted {
      (table.items[$0], type($0), table.timesMilliseconds[$0], $0)
        < (table.items[$1], type($1), table.timesMilliseconds[$1], $1)
    }
    return zip(sorted, sorted.dropFirst()).compactMap { earlier, later -> Int32? in
      guard table.items[earlier] == table.items[later] else { return nil }
      switch repetition {
      // The last rating counts, the first log of an act.
      case .pair: return Int32(earlier)
      case .act:
        let isSame =
          table.types[earlier] == table.types[later]
          && table.timesMilliseconds[earlier] == table.timesMilliseconds[later]
        return isSame ? Int32(later) : nil
      }
    }
  }
}
