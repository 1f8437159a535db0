import Datasets
import Foundation
import Models
import RecommendationCore

/// A user as of a moment, and what the user liked next.
struct NextLikes: Sendable {
  var history: History
  var seen: Set<ItemID>
  var liked: Set<ItemID>

  /// Some users with acts on both sides of a cut, drawn at random.
  static func sample(
    _ log: TrainingLog, cut: Int64, count: Int, seed: UInt64
  ) -> [NextLikes] {
    let table = log.dataset.interactions
    var earlier: [Int32: [Int]] = [:]
    var later: [Int32: [Int]] = [:]
    let place = log.rowCount(before: cut)
    for (index, row) in log.rows.enumerated() {
      if index < place {
        earlier[table.users[Int(row)], default: []].append(Int(row))
      } else {
        later[table.users[Int(row)], default: []].append(Int(row))
      }
    }
    var random = SeededGenerator(seed: seed)
    let users = later.keys.filter { earlier[$0] != nil }.sorted().shuffled(using: &random)
    return users.lazy.compactMap { user in
      one(log, earlier[user] ?? [], later[user] ?? [])
    }.prefix(count).map { $0 }
  }

  private static func one(_ log: TrainingLog, _ earlier: [Int], _ later: [Int]) -> NextLikes? {
    let table = log.dataset.interactions
    func item(_ row: Int) -> ItemID { log.items[Int(table.items[row])] }
    // One entry an item: the last act counts for time, the strongest for weight.
    var weights: [ItemID: Float] = [:]
    var order: [(item: ItemID, time: Int64)] = []
    for row in earlier.reversed() {
      let weight = table.preference(row)
      if let known = weights[item(row)] {
        weights[item(row)] = abs(weight) > abs(known) ? weight : known
      } else {
        weights[item(row)] = weight
        order.append((item(row), table.timesMilliseconds[row]))
      }
    }
    let seen = Set(order.map(\.item))
    let horizon = HoldoutSplit().heldOutItems(of: max(seen.count, HoldoutSplit().minimumItems))
    var liked: [ItemID] = []
    for row in later where table.preference(row) > 0 && !seen.contains(item(row)) {
      if !liked.contains(item(row)) { liked.append(item(row)) }
      if liked.count == horizon { break }
    }
    guard !liked.isEmpty else { return nil }
    let newest = order.prefix(OfflineRetrieval.historyLimit)
    return NextLikes(
      history: History(
        items: newest.map(\.item), weights: newest.map { weights[$0.item] ?? 0 },
        timesMilliseconds: newest.map(\.time)), seen: seen, liked: Set(liked))
  }

  /// NDCG@10 of a list with binary relevance.
  func ndcg(_ list: [ItemID]) -> Double {
    var gain = 0.0
    for (place, item) in list.prefix(10).enumerated() where liked.contains(item) {
      gain += 1 / log2(Double(place) + 2)
    }
    let ideal = (0..<min(10, liked.count)).reduce(0.0) { $0 + 1 / log2(Double($1) + 2) }
    return gain / ideal
  }
}
