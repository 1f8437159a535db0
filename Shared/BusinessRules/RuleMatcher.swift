public import Catalogue
public import RecommendationCore

/// Which rules mean an item, found by what the item has rather than by trying every rule.
///
/// A rule stands in one table by its most telling condition: the ids that it names, else its categories, else the
/// first attribute that it matches, else none. So an item costs a look-up in each table and a full check of the few
/// rules found there. Rules by ranges alone are tried on every item.
public final class RuleMatcher: Sendable {
  /// Rules by the values of one attribute.
  private struct AttributeTable: Sendable {
    var byText: [String: [UInt16]] = [:]
    /// For items whose attribute is a number: what the rule's texts mean is up to its own check.
    var all: [UInt16] = []
  }

  /// The rules.
  public let book: RuleBook
  /// See `CatalogueSnapshot.categoryNumbering`.
  public let categoryNumbering: UInt64
  private let filters: [CompiledFilter]
  private let byItem: [ItemID: [UInt16]]
  private let byCategory: [[UInt16]]
  private let byAttribute: [(name: String, table: AttributeTable)]
  private let others: [UInt16]

  /// Makes rules ready for all snapshots of one numbering of categories.
  ///
  /// - Throws: `CatalogueError` for conditions that cannot mean anything.
  public init(_ book: RuleBook, catalogue: CatalogueSnapshot) throws {
    self.book = book
    categoryNumbering = catalogue.categoryNumbering
    filters = try book.rules.map { try catalogue.compile($0.items, nowMilliseconds: 0) }
    var byItem: [ItemID: [UInt16]] = [:]
    var byCategory = [[UInt16]](repeating: [], count: catalogue.categoryCount)
    var byAttribute: [String: AttributeTable] = [:]
    var others: [UInt16] = []
    for (index, rule) in book.rules.enumerated() {
      let (place, filter) = (UInt16(truncatingIfNeeded: index), rule.items)
      if !filter.allow.isEmpty {
        for item in filter.allow.withoutRepeats() { byItem[item, default: []].append(place) }
      } else if !filter.anyCategories.isEmpty {
        let numbers = filter.anyCategories.compactMap { catalogue.categoryIndex(name: $0) }
        for number in numbers.withoutRepeats() { byCategory[Int(number)].append(place) }
      } else if let match = filter.attributes.first {
        byAttribute[match.attribute, default: AttributeTable()].all.append(place)
        for value in match.anyValues.withoutRepeats() {
          byAttribute[match.attribute, default: AttributeTable()]
            .byText[value, default: []].append(place)
        }
      } else {
        others.append(place)
      }
    }
    self.byItem = byItem
    self.byCategory = byCategory
    self.byAttribute = byAttribute.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    self.others = others
  }

  /// Finds the rules that mean an item, of those that are in force.
  ///
  /// - Parameters:
  ///   - isInForce: by place in the book.
  ///   - found: places in the book, rising; overwritten.
  /// - Complexity: O(categories of the item + attributes that rules ask for + rules found).
  public func match(
    _ item: ItemID, in catalogue: CatalogueSnapshot, isInForce: [Bool], found: inout [Int]
  ) {
    found.removeAll(keepingCapacity: true)
    func check(_ places: [UInt16]) {
      for place in places {
        let index = Int(place)
        if isInForce[index], !found.contains(index), filters[index].describes(item, in: catalogue) {
          found.append(index)
        }
      }
    }
    if !byItem.isEmpty, let places = byItem[item] { check(places) }
    if !byCategory.isEmpty, let facts = catalogue.facts(of: item) {
      for category in facts.categories where !byCategory[Int(category)].isEmpty {
        check(byCategory[Int(category)])
      }
    }
    for (name, table) in byAttribute {
      switch catalogue.attribute(name, of: item) {
      case nil: break
      case .text(let text): if let places = table.byText[text] { check(places) }
      case .texts(let texts):
        for text in texts { if let places = table.byText[text] { check(places) } }
      case .flag(let flag): if let places = table.byText[flag ? "true" : "false"] { check(places) }
      case .number: check(table.all)
      }
    }
    check(others)
    if found.count > 1 { found.sort() }
  }
}
