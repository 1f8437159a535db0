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
    func gather<Value: Sendable>(_ column: [Value]) -> [Value] {
      guard !column.isEmpty else { return [] }
      return ParallelParts.filled(count: rows.count) { range, target in
        column.withUnsafeBufferPointer { column in
          rows.withUnsafeBufferPointer { rows in
            for place in range { (target + place).initialize(to: column[Int(rows[place])]) }
          }
        }
      }
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
  /// - Complexity: see ``TimeOrder``.
  func rowsInTimeOrder() -> [Int32] {
    isInTimeOrder ? (0..<Int32(count)).map { $0 } : TimeOrder(times: timesMilliseconds).rows()
  }

  /// Rows grouped by user, each user's in the table's order: `offsets[u]..<offsets[u + 1]` of `rows`.
  ///
  /// - Complexity: O(rows + users).
  public func groupedByUser(userCount: Int) -> (offsets: [Int], rows: [Int32]) {
    let groups = rowsByUser(userCount: userCount)
    return (groups.offsets, groups.rows ?? (0..<Int32(count)).map { $0 })
  }
}
