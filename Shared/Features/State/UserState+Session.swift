import Catalogue
import RecommendationCore

extension UserState {
  /// The state with items that an unrecorded session looked at, as the newest part of its history.
  ///
  /// Each counts as a view, shortly before the moment, in its order. The version stays: nothing was
  /// recorded.
  ///
  /// - Parameters:
  ///   - recent: newest first.
  ///   - timeMilliseconds: the moment that the state is read for.
  public func viewing(
    _ recent: [ItemID], catalogue: CatalogueSnapshot, counters: ItemCounters,
    at timeMilliseconds: Int64
  ) -> UserState {
    guard !recent.isEmpty else { return self }
    var state = self
    let last = totals.lastMilliseconds == .min ? timeMilliseconds : totals.lastMilliseconds
    let newest = max(timeMilliseconds - 1, last + Int64(recent.count))
    for (age, item) in recent.enumerated().reversed() {
      // The item's own counts are not the session's to change.
      var counts = counters[item]
      let view = Event(
        user: UserID(rawValue: 0), item: item, type: .view,
        timeMilliseconds: newest - Int64(age))
      StateTransition.apply(view, catalogue: catalogue, user: &state, item: &counts)
    }
    return state
  }
}
