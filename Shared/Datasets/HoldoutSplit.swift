/// Holds out each user's last interactions for tests.
///
/// A user's timeline is cut where the last few items of it first appear: everything from there on is held
/// out, everything before is for training. So no training row of a user is younger than a test row of
/// theirs, whatever the number of events an item.
public struct HoldoutSplit: Sendable, Codable, Equatable {
  /// Share of a user's items to hold out.
  public var share: Double
  /// At least so many.
  public var atLeast: Int
  /// At most so many.
  public var atMost: Int
  /// Users with fewer items keep all.
  public var minimumItems: Int

  /// A split; the defaults hold out a tenth, 1 to 20, of users with five items or more.
  public init(share: Double = 0.1, atLeast: Int = 1, atMost: Int = 20, minimumItems: Int = 5) {
    self.share = share
    self.atLeast = atLeast
    self.atMost = atMost
    self.minimumItems = minimumItems
  }

  /// How many of a user's items are held out.
  public func heldOutItems(of itemCount: Int) -> Int {
    guard itemCount >= minimumItems else { return 0 }
    let wanted = Int((Double(itemCount) * share).rounded())
    return min(max(wanted, atLeast), atMost, itemCount - 1)
  }

  /// Fills the held-out column of a dataset.
  ///
  /// - Complexity: O(rows + users + items).
  public func apply(to dataset: inout Dataset) {
    let table = dataset.interactions
    let groups = table.rowsByUser(userCount: dataset.users.count)
    let itemCount = dataset.items.count
    var heldOut = [UInt8](repeating: 0, count: table.count)
    heldOut.withUnsafeMutableBufferPointer { heldOut in
      // Unsafe: users are split over the cores, and each marks the rows of its own users only.
      nonisolated(unsafe) let heldOut = heldOut
      _ = ParallelParts.map(ranges: groups.balancedUsers) { users in
        var lastUserOfItem = [Int32](repeating: -1, count: itemCount)
        var firstSights: [Int] = []
        for user in users {
          let range = groups.offsets[user]..<groups.offsets[user + 1]
          firstSights.removeAll(keepingCapacity: true)
          for place in range {
            let item = Int(table.items[groups.row(place)])
            if lastUserOfItem[item] != Int32(user) {
              lastUserOfItem[item] = Int32(user)
              firstSights.append(place)
            }
          }
          let count = heldOutItems(of: firstSights.count)
          guard count > 0 else { continue }
          for place in firstSights[firstSights.count - count]..<range.upperBound {
            heldOut[groups.row(place)] = 1
          }
        }
      }
    }
    dataset.interactions.heldOut = heldOut
  }
}
