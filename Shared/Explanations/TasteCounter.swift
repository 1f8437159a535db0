import Catalogue
import RecommendationCore

/// Counts how many of a user's past items have some categories, for all items of a slate.
struct TasteCounter {
  /// Most past items looked at, the newest.
  static let mostEntries = 200
  /// With fewer likes than this, the whole history is the basis.
  static let leastLikes = 5

  let basis: Claim.Basis
  /// Number of past items that the counts are over.
  private(set) var total = 0
  /// By category: one bit for each past item that has it.
  private var entries: [UInt32: [UInt64]] = [:]
  private let catalogue: CatalogueSnapshot

  init(_ history: History, catalogue: CatalogueSnapshot) {
    self.catalogue = catalogue
    let positive = history.items.indices.filter { Act(weight: history.weights[$0]) != nil }
    let likes = positive.filter { history.weights[$0] >= 1 }
    basis = likes.count >= Self.leastLikes ? .likes : .history
    for index in basis == .likes ? likes : positive {
      guard total < Self.mostEntries else { break }
      add(history.items[index])
    }
  }

  /// Items that have left the catalogue count as entries without categories.
  private mutating func add(_ item: ItemID) {
    let (word, bit) = (total >> 6, UInt64(1) << UInt64(total & 63))
    total += 1
    let words = (Self.mostEntries + 63) / 64
    for category in catalogue.facts(of: item)?.categories ?? [] {
      entries[category, default: [UInt64](repeating: 0, count: words)][word] |= bit
    }
  }

  /// Shares of an item's categories: pairs that go together before single ones, larger counts first.
  func shares(of item: ItemID) -> [ItemNumbers.CategoryShare] {
    let own = (catalogue.facts(of: item)?.categories ?? []).filter { entries[$0] != nil }
    let single = own.map { (categories: [$0], count: count([$0])) }
    var pairs: [(categories: [UInt32], count: Int)] = []
    for (place, first) in own.enumerated() {
      for second in own.dropFirst(place + 1) {
        let pair = (categories: [first, second], count: count([first, second]))
        // A pair says more, unless it is a rare part of either.
        let larger = max(count([first]), count([second]))
        if pair.count * 2 >= larger { pairs.append(pair) }
      }
    }
    return [pairs, single].flatMap { shares in
      shares.sorted { ($1.count, names($0.categories)) < ($0.count, names($1.categories)) }
    }.map {
      ItemNumbers.CategoryShare(
        categories: names($0.categories).list, count: $0.count, of: total, basis: basis)
    }
  }

  private func count(_ categories: [UInt32]) -> Int {
    guard let first = categories.first, var bits = entries[first] else { return 0 }
    for category in categories.dropFirst() {
      guard let others = entries[category] else { return 0 }
      for word in bits.indices { bits[word] &= others[word] }
    }
    return bits.reduce(0) { $0 + $1.nonzeroBitCount }
  }

  private struct Names: Comparable {
    var list: [String]
    static func < (lhs: Names, rhs: Names) -> Bool { lhs.list.lexicographicallyPrecedes(rhs.list) }
  }

  private func names(_ categories: [UInt32]) -> Names {
    Names(list: categories.map { catalogue.categoryName($0) }.sorted())
  }
}
