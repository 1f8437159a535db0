/// Each user's items, one list a user.
public struct Histories: Sendable, Equatable {
  /// User u's items are `items[starts[u] ..< starts[u + 1]]`.
  public let starts: [Int]
  /// Rows of items: oldest first where the order is known, else rising.
  public let items: [Int32]
  /// Whether the lists stand in the order of time.
  public let isOrdered: Bool

  /// Lists one after the other; `starts` has one entry more than there are users and begins with 0.
  public init(starts: [Int], items: [Int32], isOrdered: Bool) {
    self.starts = starts
    self.items = items
    self.isOrdered = isOrdered
  }

  /// Lists as they come.
  public init(_ lists: [[Int32]], isOrdered: Bool) {
    var starts = [0]
    starts.reserveCapacity(lists.count + 1)
    for list in lists { starts.append(starts[starts.count - 1] + list.count) }
    self.init(starts: starts, items: lists.flatMap { $0 }, isOrdered: isOrdered)
  }

  /// Number of users.
  public var userCount: Int { starts.count - 1 }

  /// The places of a user's items in ``items``.
  public func range(_ user: Int) -> Range<Int> { starts[user]..<starts[user + 1] }

  /// A user's items.
  public subscript(user: Int) -> ArraySlice<Int32> { items[range(user)] }
}
