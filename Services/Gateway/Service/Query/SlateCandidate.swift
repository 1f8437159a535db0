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
}
