public import RecommendationCore

/// Many events as columns, in the order of time: what a bulk load takes.
public struct EventColumns: Sendable {
  /// Keys of the users, by row of ``userRows``; each once.
  public var users: [UserID]
  /// Keys of the items, by row of ``itemRows``; each once.
  public var items: [ItemID]
  /// Row of each event's user.
  public var userRows: [Int32]
  /// Row of each event's item.
  public var itemRows: [Int32]
  /// Raw value of each event's ``RecommendationCore/EventType``.
  public var types: [UInt8]
  /// Value of each event.
  public var values: [Float]
  /// Unix time of each event in milliseconds; never falls.
  public var timesMilliseconds: [Int64]
  /// Place in the slate of each event; empty where none is known.
  public var positions: [UInt32]

  /// Columns of one length, ``positions`` apart, which may be empty.
  public init(
    users: [UserID], items: [ItemID], userRows: [Int32], itemRows: [Int32], types: [UInt8],
    values: [Float], timesMilliseconds: [Int64], positions: [UInt32] = []
  ) {
    self.users = users
    self.items = items
    self.userRows = userRows
    self.itemRows = itemRows
    self.types = types
    self.values = values
    self.timesMilliseconds = timesMilliseconds
    self.positions = positions
  }

  /// Number of events.
  public var count: Int { userRows.count }

  /// An event.
  @inline(__always)
  func event(_ row: Int) -> Event {
    Event(
      user: users[Int(userRows[row])], item: items[Int(itemRows[row])],
      type: EventType(rawValue: types[row]) ?? .view, value: Double(values[row]),
      timeMilliseconds: timesMilliseconds[row], position: positions.isEmpty ? 0 : positions[row])
  }

  /// - Throws: ``FeatureError`` when columns differ in length, point nowhere, or times fall.
  func check() throws {
    let lengths: Set<Int> = [itemRows.count, types.count, values.count, timesMilliseconds.count]
    guard lengths == [count], positions.isEmpty || positions.count == count,
      !users.contains(UserID(rawValue: 0)), !items.contains(ItemID(rawValue: 0)),
      userRows.allSatisfy({ $0 >= 0 && $0 < users.count }),
      itemRows.allSatisfy({ $0 >= 0 && $0 < items.count }),
      types.allSatisfy({ EventType(rawValue: $0) != nil })
    else { throw FeatureError(.malformed, "columns of events that do not fit together") }
    try timesMilliseconds.withUnsafeBufferPointer { times in
      for row in times.indices.dropFirst() where times[row] < times[row - 1] {
        throw FeatureError(.notInOrder, "event at \(times[row]) after \(times[row - 1])")
      }
    }
  }
}
