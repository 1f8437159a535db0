import Catalogue
import RecommendationCore

/// Counts how many of a user's past items have some categories, for all items of a slate. Works on the numbers of
/// categories; names are made for what will be said.
struct TasteCounter {
  /// Most past items looked at, the newest.
  static let mostEntries = 200
  /// With fewer likes than this, the whole history is the basis.
  static let leastLikes = 5
  /// Of an item with more categories, only the first so many go into pairs.
  static let mostPaired = 16
  private static let words = (mostEntries + 63) / 64

  let basis: Claim.Basis
  /// Number of past items that the counts are over.
  private(set) var total = 0
  /// By category: its place in ``bits`` + 1; 0: no past item has it.
  private var places: [Int32]
  /// For each such category one bit for each past item that has it.
  private var bits: [UInt64] = []
  private let catalogue: CatalogueSnapshot

  /// - Complexity: O(history + categories of the catalogue).
  init(_ history: History, catalogue: CatalogueSnapshot) {
    self.catalogue = catalogue
    places = [Int32](repeating: 0, count: catalogue.categoryCount)
    var likes = 0
    for weight in history.weights where weight >= 1 { likes += 1 }
    basis = likes >= Self.leastLikes ? .likes : .history
    let least: Float = basis == .likes ? 1 : .leastNonzeroMagnitude
    let counted = zip(history.items, history.weights).lazy.filter { $0.1 >= least }.map(\.0)
    let facts = catalogue.gather(Array(counted.prefix(Self.mostEntries)))
    // Items that have left the catalogue count as entries without categories.
    for row in facts.rows {
      add(facts.categories[row.categoryStart..<row.categoryEnd])
    }
  }

  private mutating func add(_ categories: ArraySlice<UInt32>) {
    let (word, bit) = (total >> 6, UInt64(1) << UInt64(total & 63))
    total += 1
    for category in categories {
      if places[Int(category)] == 0 {
        bits.append(contentsOf: repeatElement(0, count: Self.words))
        places[Int(category)] = Int32(truncatingIfNeeded: bits.count / Self.words)
      }
      bits[(Int(places[Int(category)]) - 1) * Self.words + word] |= bit
    }
  }

  /// One category, or two that go together, and how many past items have all of them.
  private struct Share {
    var first: UInt32
    var second: UInt32?
    var count: Int
  }

  /// Shares of an item's categories: pairs that go together before single ones, larger counts first, ties by name.
  ///
  /// - Parameters:
  ///   - most: how many at most.
  ///   - isClaimable: one for which this holds is among them if there is one: the first.
  func shares(
    of item: ItemID, most: Int = .max,
    claimable isClaimable: (_ count: Int, _ of: Int) -> Bool = { _, _ in false }
  ) -> [ItemNumbers.CategoryShare] {
    guard let facts = catalogue.facts(of: item) else { return [] }
    var singles: [Share] = []
    for category in facts.categories where places[Int(category)] != 0 {
      insert(Share(first: category, count: count(category, category)), into: &singles)
    }
    guard !singles.isEmpty else { return [] }
    var pairs: [Share] = []
    let paired = singles.prefix(Self.mostPaired)
    for (place, one) in paired.enumerated() {
      for other in paired.dropFirst(place + 1) {
        let count = count(one.first, other.first)
        // A pair says more, unless it is a rare part of either.
        guard count * 2 >= max(one.count, other.count) else { continue }
        let isInOrder = name(one.first) < name(other.first)
        insert(
          Share(
            first: isInOrder ? one.first : other.first,
            second: isInOrder ? other.first : one.first, count: count), into: &pairs)
      }
    }
    let shares = pairs + singles
    var told = Array(shares.prefix(most))
    if let claim = shares.firstIndex(where: { isClaimable($0.count, total) }), claim >= told.count {
      told.append(shares[claim])
    }
    return told.map { share in
      ItemNumbers.CategoryShare(
        categories: [name(share.first)] + (share.second.map { [name($0)] } ?? []),
        count: share.count, of: total, basis: basis)
    }
  }

  /// Puts a share in its place; there are few.
  private func insert(_ share: Share, into shares: inout [Share]) {
    var place = shares.count
    while place > 0, precedes(share, shares[place - 1]) { place -= 1 }
    shares.insert(share, at: place)
  }

  private func precedes(_ left: Share, _ right: Share) -> Bool {
    if left.count != right.count { return left.count > right.count }
    if left.first != right.first { return name(left.first) < name(right.first) }
    guard let one = left.second, let other = right.second else { return false }
    return name(one) < name(other)
  }

  private func name(_ category: UInt32) -> String { catalogue.categoryName(category) }

  private func count(_ one: UInt32, _ other: UInt32) -> Int {
    let (left, right) = (Int(places[Int(one)]) - 1, Int(places[Int(other)]) - 1)
    guard left >= 0, right >= 0 else { return 0 }
    var count = 0
    for word in 0..<Self.words {
      count += (bits[left * Self.words + word] & bits[right * Self.words + word]).nonzeroBitCount
    }
    return count
  }
}
