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
  private var userRows = KeyTable()
  private var users: ContiguousArray<UserState> = []
  private var itemRows = KeyTable()
  private var items: ContiguousArray<ItemState> = []

  /// An engine that has seen nothing.
  public init(catalogue: CatalogueSnapshot) { self.catalogue = catalogue }

  /// Takes in an event. One without a user or an item (key 0) changes nothing.
  public mutating func apply(_ event: Event) {
    guard event.user.rawValue != 0, event.item.rawValue != 0 else { return }
    let user = row(of: event.user)
    let item = row(of: event.item)
    StateTransition.apply(event, catalogue: catalogue, user: &users[user], item: &items[item])
  }

  /// What is known of a user.
  public func user(_ id: UserID) -> UserState {
    userRows.row(of: id.rawValue).map { users[$0] } ?? UserState()
  }

  /// What is counted of an item.
  public func item(_ id: ItemID) -> ItemState {
    itemRows.row(of: id.rawValue).map { items[$0] } ?? ItemState()
  }

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
    plan.read(
      items, items.map(item), user: self.user(user), catalogue: catalogue, at: timeMilliseconds)
  }

  /// The newest acts of a user, newest first.
  public func history(of user: UserID, limit: Int) -> History {
    self.user(user).history.newest(limit)
  }

  /// All users that an event named, by key.
  func sortedUsers() -> [(id: UserID, state: UserState)] {
    userRows.sorted().map { (UserID(rawValue: $0.key), users[$0.row]) }
  }

  /// All items that an event named, by key.
  func sortedItems() -> [(id: ItemID, state: ItemState)] {
    itemRows.sorted().map { (ItemID(rawValue: $0.key), items[$0.row]) }
  }

  private mutating func row(of user: UserID) -> Int {
    let (row, isNew) = userRows.insert(user.rawValue)
    if isNew { users.append(UserState()) }
    return row
  }

  private mutating func row(of item: ItemID) -> Int {
    let (row, isNew) = itemRows.insert(item.rawValue)
    if isNew { items.append(ItemState()) }
    return row
  }
}
