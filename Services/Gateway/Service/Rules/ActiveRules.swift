import BusinessRules
import Catalogue
import RecommendationCore
import Reranking

/// The rules that are in force for one request; a request without any has none of this.
struct ActiveRules: Sendable {
  /// A pin of this request: its items stand from the slot on.
  struct Pin: Sendable {
    let rule: Int
    /// From 1, over all pages.
    let slot: Int
    let items: [ItemID]
  }

  let matcher: RuleMatcher
  private let isInForce: [Bool]
  let pins: [Pin]
  let hasBlocks: Bool
  let hasMoves: Bool
  /// Places in the book.
  let quotas: [Int]

  /// nil where no rule is in force.
  init?(_ matcher: RuleMatcher, now: Int64, surface: String) {
    let surface = entityKey(surface)
    self.init(
      matcher, isInForce: matcher.book.rules.map { $0.isInForce(at: now, surface: surface) })
  }

  private init?(_ matcher: RuleMatcher, isInForce: [Bool]) {
    guard isInForce.contains(true) else { return nil }
    var (pins, quotas): ([Pin], [Int]) = ([], [])
    var (hasBlocks, hasMoves) = (false, false)
    for (index, rule) in matcher.book.rules.enumerated() where isInForce[index] {
      switch rule.kind {
      case .pin(let slot, let items): pins.append(Pin(rule: index, slot: slot, items: items))
      case .move: hasMoves = true
      case .quota: quotas.append(index)
      case .block: hasBlocks = true
      }
    }
    self.matcher = matcher
    self.isInForce = isInForce
    self.pins = pins
    self.quotas = quotas
    self.hasBlocks = hasBlocks
    self.hasMoves = hasMoves
  }

  /// Places in the book of all rules in force.
  var inForce: [Int] { isInForce.indices.filter { isInForce[$0] } }

  /// The same without one of them; nil where that was all.
  func without(_ rule: Int) -> ActiveRules? {
    var others = isInForce
    others[rule] = false
    return ActiveRules(matcher, isInForce: others)
  }

  /// The id of a rule by its place in the book.
  func id(_ rule: Int) -> String { matcher.book.rules[rule].id }

  /// Whether any rule may put the item at a fixed place.
  func isPinned(_ item: ItemID) -> Bool { pins.contains { $0.items.contains(item) } }

  /// Finds the rules that mean an item; see ``RuleMatcher/match(_:in:isInForce:found:)``.
  func match(_ item: ItemID, in catalogue: CatalogueSnapshot, found: inout [Int]) {
    matcher.match(item, in: catalogue, isInForce: isInForce, found: &found)
  }

  /// The rule that blocks an item; nil where none does. A pin that stands earlier in the book saves its items.
  func block(_ item: ItemID, in catalogue: CatalogueSnapshot, found: inout [Int]) -> Int? {
    match(item, in: catalogue, found: &found)
    for rule in found {
      switch matcher.book.rules[rule].kind {
      case .pin: return nil
      case .block: return rule
      case .move, .quota: break
      }
    }
    return nil
  }
}
