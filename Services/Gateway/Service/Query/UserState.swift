import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// What is known of the user at the moment of the request. Messages stay as they came where other services get
/// them unchanged.
struct UserState: Sendable {
  /// 1 x the ranker's user features; nil where they could not be had.
  var features: Recsys_Common_V1_Matrix?
  /// Newest first.
  var history: Recsys_Common_V1_History
  /// Items that the user has acted upon.
  var seen: [UInt64]
  /// Grows with every event of the user.
  var version: UInt64
  /// The store that counts the version; 0 where the user could not be had.
  var storeIdentity: UInt64 = 0
  /// Whether the Feature service refused the features that the ranker wants.
  var featuresWereRefused = false

  /// Nothing is known.
  static let unknown = UserState(
    features: nil, history: Recsys_Common_V1_History(), seen: [], version: 0)

  /// What an anonymous session tells by itself: the items that it looked at count as views, one
  /// millisecond apart.
  static func session(recentItems: [ItemID], now: Int64) -> UserState {
    var state = UserState.unknown
    state.history =
      History(
        items: recentItems,
        weights: recentItems.map { _ in EventType.view.preference(value: 0) },
        timesMilliseconds: recentItems.indices.map { now - Int64($0) - 1 }
      ).proto
    state.seen = recentItems.map(\.rawValue)
    return state
  }
}
