import Catalogue
import Foundation
import RecommendationCore

/// How an event changes what is known of its user and its item. Training and serving both come through
/// here, and nothing else changes a state.
enum StateTransition {
  /// At or above this preference an act says clearly that the item was liked.
  static let likeThreshold: Float = 0.75

  /// Applies an event.
  ///
  /// - Returns: what became of the user's history; nil for an impression.
  @discardableResult
  static func apply(
    _ event: Event, catalogue: CatalogueSnapshot, user: inout UserState, item: inout ItemState
  ) -> ActHistory.Change? {
    let change = apply(
      event, catalogue: catalogue,
      facts: event.preference > 0 ? catalogue.facts(of: event.item) : nil,
      itemLogActs: item.logActs, user: &user)
    apply(event, item: &item)
    return change
  }

  /// The part that changes the item.
  static func apply(_ event: Event, item: inout ItemState) {
    if event.type.marksSeen {
      item.count(event.preference, at: event.timeMilliseconds)
    } else {
      item.impressions += 1
    }
  }

  /// The part that changes the user.
  ///
  /// - Parameters:
  ///   - facts: the item's, where the catalogue has it; used for acts that speak for the item.
  ///   - itemLogActs: ln(1 + acts on the item before this one).
  ///   - isNew: the caller knows that the item is not in the history, which spares a search.
  @discardableResult
  static func apply(
    _ event: Event, catalogue: CatalogueSnapshot, facts: ItemFacts?, itemLogActs: Double,
    user: inout UserState, isNew: Bool = false
  ) -> ActHistory.Change? {
    user.totals.version += 1
    guard event.type.marksSeen else {
      user.totals.impressions += 1
      return nil
    }
    let preference = event.preference
    let time = event.timeMilliseconds
    if preference > 0 {
      user.totals.popularity.add(itemLogActs)
      if let year = facts?.year { user.totals.years.add(Double(year)) }
      if let price = facts?.price { user.totals.prices.add(log1p(price)) }
      if let categories = facts?.categories {
        user.addTaste(categories, of: catalogue, weight: Double(preference), at: time)
      }
    }
    user.totals.count(preference, at: time)
    return user.history.record(
      item: event.item.rawValue, weight: preference, time: time, mark: user.totals.version,
      isNew: isNew)
  }
}

extension UserState {
  /// Adds to the weights of some categories, all faded to one time: shares of them then need no decay.
  fileprivate mutating func addTaste(
    _ added: ArraySlice<UInt32>, of catalogue: CatalogueSnapshot, weight: Double, at time: Int64
  ) {
    guard !added.isEmpty else { return }
    var weight = weight
    let elapsed = Double(time - totals.tasteMilliseconds)
    if categories.isEmpty || elapsed >= 0 {
      let factor = categories.isEmpty ? 1 : Decay.factor(elapsed, halfLife: Decay.taste)
      for index in categories.indices { categories[index].weight *= factor }
      totals.tasteMilliseconds = time
    } else {
      weight *= Decay.factor(-elapsed, halfLife: Decay.taste)
    }
    for category in added {
      let key = catalogue.categoryKey(category)
      if let index = categories.firstIndex(where: { $0.key == key }) {
        categories[index].weight += weight
        categories[index].count += 1
      } else {
        categories.append(CategoryTaste(key: key, weight: weight, count: 1))
      }
    }
    while categories.count > Self.categoryLimit {
      let weakest = categories.indices.min { categories[$0].weight < categories[$1].weight }
      if let weakest { categories.remove(at: weakest) }
    }
  }
}

extension UserState.Totals {
  fileprivate mutating func count(_ preference: Float, at time: Int64) {
    acts += 1
    likes += preference >= StateTransition.likeThreshold ? 1 : 0
    weightSum += Double(preference)
    recent.add(at: time)
    firstMilliseconds = min(firstMilliseconds, time)
    lastMilliseconds = max(lastMilliseconds, time)
  }
}

extension ItemState {
  fileprivate mutating func count(_ preference: Float, at time: Int64) {
    acts += 1
    likes += preference >= StateTransition.likeThreshold ? 1 : 0
    weightSum += Double(preference)
    recent.add(at: time)
    firstMilliseconds = min(firstMilliseconds, time)
    lastMilliseconds = max(lastMilliseconds, time)
  }
}
