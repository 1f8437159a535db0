import Catalogue
import RecommendationCore

/// Features in memory, event by event: for training, and wherever a log is replayed.
///
/// The caller applies events in the order of time and reads between them; see ``FeatureReplay`` for a
/// driver that keeps reads strictly before their moment. The online store computes with the very same
/// code, so equal logs give equal bits.
public struct FeatureEngine: Sendable {
  /// Item facts come from here.
  public let catalogue: CatalogueSnapshot
  private var userRows: [UserID: Int] = [:]
  private var users: ContiguousArray<UserState> = []
  private var itemRows: [ItemID: Int] = [:]
  private var items: ContiguousArray<ItemState> = []

  /// An engine that has seen nothing.
  public init(catalogue: CatalogueSnapshot) { self.catalogue = catalogue }

  /// Takes in an event.
  public mutating func apply(_ event: Event) {
    let user = row(of: event.user)
    let item = row(of: event.item)
    StateTransition.apply(event, catalogue: catalogue, user: &users[user], item: &items[item])
  }

  /// What is known of a user.
  public func user(_ id: UserID) -> UserState { userRows[id].map { users[$0] } ?? UserState() }

  /// What is counted of an item.
  public func item(_ id: ItemID) -> ItemState { itemRows[id].map { items[$0] } ?? ItemState() }

  /// The features of a user at a moment: one row.
  ///
  /// - Parameter plan: from ``FeaturePlan/user(_:)``.
  public func userFeatures(_ user: UserID, _ plan: FeaturePlan, at timeMilliseconds: Int64)
    -> FeatureMatrix
  {
    plan.read(self.user(user), at: timeMilliseconds)
  }

  /// The features of items and of their pairs with a user at a moment: a row an item.
  ///
  /// - Parameter plan: from ``FeaturePlan/items(_:)``.
  public func itemFeatures(
    _ items: [ItemID], user: UserID, _ plan: FeaturePlan, at timeMilliseconds: Int64
  ) -> FeatureMatrix {
    plan.read(items, user: self.user(user), catalogue: catalogue, at: timeMilliseconds) {
      item($0)
    }
  }

  /// The newest acts of a user, newest first.
  public func history(of user: UserID, limit: Int) -> History {
    self.user(user).history.newest(limit)
  }

  /// All users that an event named, with their states.
  func forEachUser(_ body: (UserID, UserState) throws -> Void) rethrows {
    for (id, row) in userRows { try body(id, users[row]) }
  }

  /// All items that an event named, with their states.
  func forEachItem(_ body: (ItemID, ItemState) throws -> Void) rethrows {
    for (id, row) in itemRows { try body(id, items[row]) }
  }

  private mutating func row(of user: UserID) -> Int {
    if let row = userRows[user] { return row }
    users.append(UserState())
    userRows[user] = users.count - 1
    return users.count - 1
  }

  private mutating func row(of item: ItemID) -> Int {
    if let row = itemRows[item] { return row }
    items.append(ItemState())
    itemRows[item] = items.count - 1
    return items.count - 1
  }
}
