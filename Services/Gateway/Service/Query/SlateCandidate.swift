import RecommendationCore
import StagePipeline

/// An item in flight: plain numbers, so that moving five hundred of them costs nothing.
struct SlateCandidate: PipelineCandidate {
  /// The item.
  let id: ItemID
  /// The merged retrieval score, then the ranker's.
  var score: Float
  /// The first of its hits in the query's provenance, and how many it has.
  let firstHit: Int32
  let hitCount: Int32
  /// Place by score before the slate was spread, from 1; 0 before that.
  var rankBefore: Int32 = 0
  /// ln(1 + how often it was acted upon), where the request wants to know; else NaN.
  var popularity = Float.nan

  static func sortBestFirst(_ candidates: inout [SlateCandidate]) {
    let scores = candidates.map(\.score)
    guard !ScoreOrder.isBestFirst(scores) else { return }
    candidates = ScoreOrder.bestFirst(scores).map { candidates[Int($0)] }
  }

  // The frame's checks, over keys that are hashes already.

  static func isEachOnce(_ candidates: [SlateCandidate]) -> Bool {
    var keys = KeySlots(capacity: candidates.count)
    for candidate in candidates { _ = keys.insert(candidate.id.rawValue) }
    return keys.keys.count == candidates.count
  }

  static func isPicked(_ selected: [SlateCandidate], from given: [SlateCandidate]) -> Bool {
    var keys = KeySlots(capacity: selected.count)
    for candidate in selected { _ = keys.insert(candidate.id.rawValue) }
    guard keys.keys.count == selected.count else { return false }
    var found = 0
    for candidate in given where keys.contains(candidate.id.rawValue) { found += 1 }
    return found >= selected.count
  }
}
