public import RecommendationCore

/// Interactions as parallel columns. Users and items are rows of the dataset's own tables.
public struct InteractionTable: Sendable, Equatable {
  /// Row of the user.
  public var users: [Int32]
  /// Row of the item.
  public var items: [Int32]
  /// Raw value of the ``RecommendationCore/EventType``.
  public var types: [UInt8]
  /// The event's value; its meaning depends on the type.
  public var values: [Float]
  /// Unix time in milliseconds.
  public var timesMilliseconds: [Int64]
  /// 1 where the row is held out for tests: training and materialization never touch it.
  public var heldOut: [UInt8]

  /// An empty table.
  public init() {
    users = []
    items = []
    types = []
    values = []
    timesMilliseconds = []
    heldOut = []
  }

  /// Number of interactions.
  public var count: Int { users.count }

  /// Makes room.
  public mutating func reserveCapacity(_ count: Int) {
    users.reserveCapacity(count)
    items.reserveCapacity(count)
    types.reserveCapacity(count)
    values.reserveCapacity(count)
    timesMilliseconds.reserveCapacity(count)
  }

  /// Adds an interaction; the held-out column is filled by ``HoldoutSplit``.
  @inline(__always)
  public mutating func append(
    user: Int32, item: Int32, type: EventType, value: Float, timeMilliseconds: Int64
  ) {
    users.append(user)
    items.append(item)
    types.append(type.rawValue)
    values.append(value)
    timesMilliseconds.append(timeMilliseconds)
  }

  /// Adds the rows of another table; held-out marks are not carried over.
  public mutating func append(contentsOf other: InteractionTable) {
    users += other.users
    items += other.items
    types += other.types
    values += other.values
    timesMilliseconds += other.timesMilliseconds
  }

  /// The type of a row's event.
  public func type(_ row: Int) -> EventType { EventType(rawValue: types[row]) ?? .view }

  /// How strongly a row speaks for its item.
  public func preference(_ row: Int) -> Float {
    type(row).preference(value: Double(values[row]))
  }

  /// Whether a row is held out for tests.
  public func isHeldOut(_ row: Int) -> Bool { row < heldOut.count && heldOut[row] != 0 }

  /// The rows of a list, in its order.
  ///
  /// - Complexity: O(rows).
  func gathered(_ rows: [Int32]) -> InteractionTable {
    func gather<Value>(_ column: [Value]) -> [Value] {
      column.isEmpty ? [] : rows.map { column[Int($0)] }
    }
    var result = InteractionTable()
    result.users = gather(users)
    result.items = gather(items)
    result.types = gather(types)
    result.values = gather(values)
    result.timesMilliseconds = gather(timesMilliseconds)
    result.heldOut = gather(heldOut)
    return result
  }

  /// Whether times never fall from row to row.
  public var isInTimeOrder: Bool {
    guard count > 1 else { return true }
    return timesMilliseconds.withUnsafeBufferPointer { times in
      for row in 1..<times.count where times[row] < times[row - 1] { return false }
      return true
    }
  }

  /// Puts the rows into time order; rows of one time keep their order.
  public mutating func sortByTime() {
    if !isInTimeOrder { self = gathered(rowsInTimeOrder()) }
  }

  /// Rows in time order; rows of one time keep their order.
  ///
  /// Least-significant-digit radix sort over 16-bit digits of the time's distance from the first.
  /// - Complexity: O(rows x digits), two to four digits in practice.
  func rowsInTimeOrder() -> [Int32] {
    var rows = (0..<Int32(count)).map { $0 }
    guard !isInTimeOrder, let first = timesMilliseconds.min(), let last = timesMilliseconds.max()
    else { return rows }
    let span = UInt64(bitPattern: last &- first)
    var scratch = rows
    var shift: UInt64 = 0
    while shift < 64, span >> shift > 0 {
      var starts = [Int](repeating: 0, count: 1 << 16)
      for time in timesMilliseconds {
        starts[Int(truncatingIfNeeded: UInt64(bitPattern: time &- first) >> shift) & 0xffff] += 1
      }
      var sum = 0
      for digit in starts.indices { (starts[digit], sum) = (sum, sum + starts[digit]) }
      for row in rows {
        let key = UInt64(bitPattern: timesMilliseconds[Int(row)] &- first) >> shift
        let digit = Int(truncatingIfNeeded: key) & 0xffff
        scratch[starts[digit]] = row
        starts[digit] += 1
      }
      swap(&rows, &scratch)
      shift += 16
    }
    return rows
  }

  /// Rows grouped by user, each user's in the table's order: `offsets[u]..<offsets[u + 1]` of `rows`.
  ///
  /// - Complexity: O(rows + users).
  public func groupedByUser(userCount: Int) -> (offsets: [Int], rows: [Int32]) {
    var offsets = [Int](repeating: 0, count: userCount + 1)
    for user in users { offsets[Int(user) + 1] += 1 }
    for user in 0..<userCount { offsets[user + 1] += offsets[user] }
    var next = offsets
    var rows = [Int32](repeating: 0, count: count)
    for row in 0..<count {
      let user = Int(users[row])
      rows[next[user]] = Int32(row)
      next[user] += 1
    }
    return (offsets, rows)
  }
}
