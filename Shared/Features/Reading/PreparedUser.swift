import Catalogue
import Foundation
import RecommendationCore

/// A user's tastes laid out by the catalogue's category numbers, so that many items are compared fast.
struct PreparedUser {
  /// The short term is so many of the newest items that an act spoke for.
  static let shortTermLimit = 10

  private struct CategoryShare {
    var long = 0.0
    var short = 0.0
    var count = 0.0
    var logCount = 0.0
  }

  private let taste: TasteView
  private let hasLong: Bool
  private let hasShort: Bool
  /// By category number.
  private let shares: [CategoryShare]

  init(_ state: UserState, catalogue: CatalogueSnapshot) {
    taste = TasteView(state.totals)
    var shares = [CategoryShare](repeating: CategoryShare(), count: catalogue.categoryCount)
    let total = state.categories.reduce(0) { $0 + $1.weight }
    hasLong = total > 0
    for category in state.categories {
      guard let index = catalogue.categoryIndex(key: category.key) else { continue }
      shares[Int(index)].long = total > 0 ? category.weight / total : 0
      shares[Int(index)].count = category.count
      shares[Int(index)].logCount = log1p(category.count)
    }
    hasShort = Self.addShortTerm(state.history, catalogue, &shares)
    self.shares = shares
  }

  private static func addShortTerm(
    _ history: ActHistory, _ catalogue: CatalogueSnapshot, _ shares: inout [CategoryShare]
  ) -> Bool {
    var recent: [ItemFacts] = []
    var index = history.count - 1
    while index >= 0, recent.count < shortTermLimit {
      if history.weights[index] > 0,
        let facts = catalogue.facts(of: ItemID(rawValue: history.items[index]))
      {
        recent.append(facts)
      }
      index -= 1
    }
    let part = 1 / Double(max(recent.count, 1))
    for facts in recent {
      for category in facts.categories { shares[Int(category)].short += part }
    }
    return !recent.isEmpty
  }

  /// The pair of this user with an item.
  ///
  /// - Parameter categories: those of all items of the batch.
  func pair(_ facts: FactsBatch.Row, _ state: ItemState, _ categories: UnsafeBufferPointer<UInt32>)
    -> PairView
  {
    var pair = PairView(
      taste: taste, year: facts.year, logPrice: facts.logPrice, logActs: state.logActs)
    guard facts.categoryEnd > facts.categoryStart else { return pair }
    var long = (maximum: 0.0, sum: 0.0)
    var short = (maximum: 0.0, sum: 0.0)
    var new = 0.0
    for index in facts.categoryStart..<facts.categoryEnd {
      let share = shares[Int(categories[index])]
      long = (max(long.maximum, share.long), long.sum + share.long)
      short = (max(short.maximum, share.short), short.sum + share.short)
      new += share.count == 0 ? 1 : 0
    }
    let count = Double(facts.categoryEnd - facts.categoryStart)
    if hasLong {
      let main = shares[Int(categories[facts.categoryStart])]
      pair.longTerm = .init(maximum: long.maximum, mean: long.sum / count, sum: long.sum)
      pair.mainShare = main.long
      pair.mainLogCount = main.logCount
      pair.newShare = new / count
    }
    if hasShort {
      pair.shortTerm = .init(maximum: short.maximum, mean: short.sum / count, sum: short.sum)
    }
    return pair
  }
}
