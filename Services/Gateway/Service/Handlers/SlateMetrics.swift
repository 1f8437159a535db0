import Metrics
import RecommendationProtos

/// How slates went: the share of degraded and of underfilled ones is what to watch.
struct SlateMetrics: Sendable {
  private let full = Self.counter("full")
  private let degraded = Self.counter("degraded")
  private let underfilled = Self.counter("underfilled")
  private let empty = Self.counter("empty")

  /// Counts a reply once, by the worst that may be said of it.
  func count(_ reply: Recsys_Gateway_V1_RecommendResponse) {
    if reply.items.isEmpty {
      empty.increment()
    } else if !reply.degraded.isEmpty {
      degraded.increment()
    } else if reply.underfilled {
      underfilled.increment()
    } else {
      full.increment()
    }
  }

  private static func counter(_ outcome: String) -> Counter {
    Counter(label: "recsys_gateway_slates_total", dimensions: [("outcome", outcome)])
  }
}
