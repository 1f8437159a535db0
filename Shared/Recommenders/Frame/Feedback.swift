public import Models

/// What a recommender learns from: who took which item, with the order and the ratings where they are known.
///
/// Users and items are rows, from 0; external ids live at the edge (``Datasets``). Items may have no
/// interaction at all.
public struct Feedback: Sendable {
  /// Number of items; rows of items are below it.
  public let itemCount: Int
  /// Each user's items as they came, repeats included.
  public let histories: Histories
  /// The rating of each entry of ``histories``; nil where the data has none.
  public let ratings: [Float]?
  /// A row a user: 1 at each item that the user took.
  public let byUser: SparseRows
  /// A row an item: 1 at each user that took it.
  public let byItem: SparseRows

  /// Feedback of users.
  ///
  /// - Throws: ``RecommenderError/Code/invalidArgument`` when a row of an item is out of range, the ratings
  ///   are not one for each entry or one is not finite.
  public init(histories: Histories, itemCount: Int, ratings: [Float]? = nil) throws {
    guard histories.items.allSatisfy({ $0 >= 0 && $0 < itemCount }) else {
      throw RecommenderError(.invalidArgument, "an item's row is out of range")
    }
    guard ratings.map({ $0.count == histories.items.count }) ?? true else {
      throw RecommenderError(.invalidArgument, "one rating for each entry wanted")
    }
    guard ratings?.allSatisfy(\.isFinite) ?? true else {
      throw RecommenderError(.invalidArgument, "a rating is not a finite number")
    }
    self.histories = histories
    self.itemCount = itemCount
    self.ratings = ratings
    var rows = [Int32](repeating: 0, count: histories.items.count)
    for user in 0..<histories.userCount {
      for entry in histories.range(user) { rows[entry] = Int32(truncatingIfNeeded: user) }
    }
    byUser = SparseRows(
      rows: rows, columns: histories.items,
      weights: [Float](repeating: 1, count: histories.items.count),
      rowCount: histories.userCount, columnCount: itemCount)
    byItem = byUser.transposed()
  }

  /// Number of users.
  public var userCount: Int { histories.userCount }
  /// Number of different pairs of a user and an item.
  public var pairCount: Int { byUser.columns.count }
  /// Users that took each item.
  public var popularity: [Int] { (0..<itemCount).map { byItem.range($0).count } }
  /// What is known of the data without looking at its entries.
  public var shape: DataShape {
    DataShape(
      users: userCount, items: itemCount, pairs: pairCount, isOrdered: histories.isOrdered,
      hasRatings: ratings != nil)
  }
}

/// Size and kind of a data set, from which settings take their defaults.
public struct DataShape: Sendable, Equatable {
  /// Number of users.
  public var users: Int
  /// Number of items.
  public var items: Int
  /// Number of different pairs of a user and an item.
  public var pairs: Int
  /// Whether histories stand in the order of time.
  public var isOrdered: Bool
  /// Whether entries have ratings.
  public var hasRatings: Bool

  /// A shape.
  public init(users: Int, items: Int, pairs: Int, isOrdered: Bool, hasRatings: Bool) {
    self.users = users
    self.items = items
    self.pairs = pairs
    self.isOrdered = isOrdered
    self.hasRatings = hasRatings
  }

  /// Share of all pairs of a user and an item that are there.
  public var density: Double { Double(pairs) / Double(max(1, users)) / Double(max(1, items)) }
}
