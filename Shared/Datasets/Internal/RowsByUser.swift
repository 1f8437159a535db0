/// Rows grouped by user, each user's in the table's order.
struct RowsByUser: Sendable {
  /// Of user u: places `offsets[u]..<offsets[u + 1]`.
  let offsets: [Int]
  /// From place to row; nil where the table itself lies user by user, so that a place is a row.
  let rows: [Int32]?

  @inline(__always)
  func row(_ place: Int) -> Int { rows.map { Int($0[place]) } ?? place }

  /// Ranges of users of about equally many rows, one a core.
  var balancedUsers: [Range<Int>] {
    let users = offsets.count - 1
    let rowCount = offsets[users]
    let parts = max(1, min(ParallelParts.threads, rowCount >> 14))
    var bounds = [0]
    for part in 1..<max(parts, 1) {
      let wanted = rowCount * part / parts
      var (low, high) = (bounds[part - 1], users)
      while low < high {
        let middle = (low + high) / 2
        if offsets[middle] < wanted { low = middle + 1 } else { high = middle }
      }
      bounds.append(low)
    }
    bounds.append(users)
    return zip(bounds, bounds.dropFirst()).map { $0..<$1 }
  }
}

extension InteractionTable {
  /// Whether the rows of a user follow each other, users in the order of their rows: so lie files that are
  /// written user by user.
  private var liesUserByUser: Bool {
    users.withUnsafeBufferPointer { users in
      var row = 1
      while row < users.count {
        if users[row] < users[row - 1] { return false }
        row += 1
      }
      return true
    }
  }

  /// Groups the rows by user.
  ///
  /// - Complexity: O(rows + users).
  func rowsByUser(userCount: Int) -> RowsByUser {
    var offsets = [Int](repeating: 0, count: userCount + 1)
    users.withUnsafeBufferPointer { users in
      for user in users { offsets[Int(user) + 1] += 1 }
    }
    for user in 0..<userCount { offsets[user + 1] += offsets[user] }
    if liesUserByUser { return RowsByUser(offsets: offsets, rows: nil) }
    var next = offsets
    let rows = [Int32](unsafeUninitializedCapacity: count) { rows, initialized in
      users.withUnsafeBufferPointer { users in
        next.withUnsafeMutableBufferPointer { next in
          for row in 0..<users.count {
            let user = Int(users[row])
            rows[next[user]] = Int32(truncatingIfNeeded: row)
            next[user] += 1
          }
        }
      }
      initialized = count
    }
    return RowsByUser(offsets: offsets, rows: rows)
  }
}
