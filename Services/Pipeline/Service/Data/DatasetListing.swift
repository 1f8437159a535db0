import Datasets
import RecommendationCore

/// A dataset as one JSON object: for tests and tools that want users with their train and test items.
public struct DatasetListing: Codable, Sendable {
  /// An item.
  public struct ItemEntry: Codable, Sendable {
    /// External id.
    public var id: String
    /// Title.
    public var title: String
    /// Categories.
    public var categories: [String]
    /// Year, if known.
    public var year: Int32?
  }

  /// A user.
  public struct UserEntry: Codable, Sendable {
    /// External id.
    public var id: String
    /// Items of the training part, oldest first.
    public var history: [String]
    /// Held-out items that were liked, oldest first.
    public var test: [String]
    /// The moment of the first held-out interaction, Unix milliseconds; 0 where nothing is held out.
    public var testTimeMilliseconds: Int64
  }

  /// All items.
  public var items: [ItemEntry]
  /// All users.
  public var users: [UserEntry]

  /// Lists a dataset.
  public init(_ dataset: Dataset) {
    let table = dataset.interactions
    items = dataset.items.map {
      ItemEntry(id: $0.externalID, title: $0.title, categories: $0.categories, year: $0.year)
    }
    users = dataset.users.map {
      UserEntry(id: $0.externalID, history: [], test: [], testTimeMilliseconds: 0)
    }
    var listed = Set<UInt64>()
    for row in 0..<table.count {
      let user = Int(table.users[row])
      let item = dataset.items[Int(table.items[row])].externalID
      if table.isHeldOut(row), users[user].testTimeMilliseconds == 0 {
        users[user].testTimeMilliseconds = table.timesMilliseconds[row]
      }
      let pair = UInt64(user) << 32 | UInt64(UInt32(bitPattern: table.items[row]))
      if table.isHeldOut(row) {
        guard table.preference(row) > 0, listed.insert(pair).inserted else { continue }
        users[user].test.append(item)
      } else if listed.insert(pair).inserted {
        users[user].history.append(item)
      }
    }
  }
}
