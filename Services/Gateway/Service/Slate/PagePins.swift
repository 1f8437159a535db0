import RecommendationCore
import Reranking

/// Where the pins of a request put which candidates, on this page and on later ones.
///
/// A pin's items take the first free places from its slot on, in their order; an earlier rule takes its places first.
/// Items that are no candidates (not eligible, blocked, deleted) leave no gap. Items that earlier pages showed hold
/// the place that they had; a pin whose place has passed without it pins no more.
struct PagePins {
  /// Slots of this page (from 0) and items, by slot.
  private var here: [(slot: Int, item: ItemID, rule: Int)] = []
  /// Items that a later page will show.
  private(set) var heldBack: [ItemID] = []

  init(_ candidates: [SlateCandidate], for query: RecommendQuery) {
    guard let rules = query.rules, !rules.pins.isEmpty else { return }
    let request = query.request
    let known = KeySlots(candidates.map(\.id.rawValue))
    var taken = Set<Int>()
    var placed = Set<ItemID>()
    for pin in rules.pins {
      var slot = pin.slot
      for item in pin.items where !placed.contains(item) {
        if let place = request.shown.firstIndex(of: item) {
          if place + 1 >= pin.slot { slot = max(slot, place + 2) }
          continue
        }
        guard known.contains(item.rawValue) else { continue }
        while taken.contains(slot) { slot += 1 }
        guard slot > request.shown.count else { continue }
        taken.insert(slot)
        placed.insert(item)
        if slot <= request.shown.count + request.count {
          here.append((slot - request.shown.count - 1, item, pin.rule))
        } else {
          heldBack.append(item)
        }
        slot += 1
      }
    }
    here.sort { $0.slot < $1.slot }
  }

  /// The rule that pins an item to this page.
  func rule(of item: ItemID) -> Int? { here.first { $0.item == item }?.rule }

  /// The pins by the items' places among the open candidates.
  func pins(among items: [ItemID]) -> [SlatePin] {
    here.compactMap { pin in
      items.firstIndex(of: pin.item).map { SlatePin(slot: pin.slot, index: $0) }
    }
  }
}
