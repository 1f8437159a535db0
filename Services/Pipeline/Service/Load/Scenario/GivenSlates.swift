import RecommendationProtos
import Synchronization

/// Slates that were given of late, for requests that follow on one: its next page, or what a user did with it.
final class GivenSlates: Sendable {
  /// A slate that was given.
  struct Slate: Sendable {
    var request: Recsys_Gateway_V1_RecommendRequest
    var cursor: String
    var itemIDs: [String]
    var attributionToken: String
  }

  /// Old ones make room: a gateway does not keep rankings for ever.
  private static let most = 64
  private let slates = Mutex<[Slate]>([])

  /// Keeps a slate.
  func add(_ summary: SlateSummary, to request: Recsys_Gateway_V1_RecommendRequest) {
    guard !summary.itemIDs.isEmpty else { return }
    let slate = Slate(
      request: request, cursor: summary.nextCursor, itemIDs: summary.itemIDs,
      attributionToken: summary.attributionToken)
    slates.withLock { slates in
      if slates.count >= Self.most { slates.removeFirst(Self.most / 2) }
      slates.append(slate)
    }
  }

  /// The newest that has another page, which then is another's no more.
  func takeWithNextPage() -> Slate? {
    slates.withLock { slates in
      slates.lastIndex { !$0.cursor.isEmpty }.map { slates.remove(at: $0) }
    }
  }

  /// The newest, which stays.
  var newest: Slate? { slates.withLock { $0.last } }
}
