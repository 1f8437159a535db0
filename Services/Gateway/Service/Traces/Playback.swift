import RecommendationCore
import StagePipeline

/// A trace that a run takes the answers of other services from, instead of asking them.
final class Playback: Sendable {
  /// Where the answers are.
  let trace: RequestTrace
  /// Scores to use instead of the ranker's: what would have been if.
  let scores: [ItemID: Float]

  init(_ trace: RequestTrace, scores: [ItemID: Float] = [:]) {
    self.trace = trace
    self.scores = scores
  }

  /// Fails as the component did then, if it did.
  func failAsThen(_ component: String) throws {
    if let then = trace.degradation(of: component) { throw PlayedFailure(reason: then.reason) }
  }

  /// Whether the component failed then.
  func failed(_ component: String) -> Bool { trace.degradation(of: component) != nil }
}

/// A failure that happened when the trace was made.
struct PlayedFailure: Error, Sendable {
  let reason: FailureReason
}
