import Catalogue
import RecommendationCore

/// A user's tastes laid out by the catalogue's category numbers, so that many items are compared fast.
struct PreparedUser {
  /// The short term is so many of the newest items that an act spoke for.
  static let shortTermLimit = 10

  private struct CategoryShare {
    var long = 0.0
    var short = 0.0
    var count = 0.0
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
  func pair(_ item: ItemView, _ facts: ItemFacts?) -> PairView {
    guard let categories = facts?.categories, let first = categories.first else {
      return PairView(
        item: item, taste: taste, longTerm: .init(), shortTerm: .init(), mainShare: .nan,
        mainCount: .nan, newShare: .nan)
    }
    var long = (maximum: 0.0, sum: 0.0)
    var short = (maximum: 0.0, sum: 0.0)
    var new = 0.0
    for category in categories {
      let share = shares[Int(category)]
      long = (max(long.maximum, share.long), long.sum + share.long)
      short = (max(short.maximum, share.short), short.sum + share.short)
      new += share.count == 0 ? 1 : 0
    }
    let count = Double(categories.count)
    let main = shares[Int(first)]
    return PairView(
      item: item, taste: taste,
      longTerm: hasLong
        ? .init(maximum: long.maximum, mean: long.sum / count, sum: long.sum) : .init(),
      shortTerm: hasShort
        ? .init(maximum: short.maximum, mean: short.sum / count, sum: short.sum) : .init(),
      mainShare: hasLong ? main.long : .nan, mainCount: hasLong ? main.count : .nan,
      newShare: hasLong ? new / count : .nan)
  }
}
