import Reranking

/// What spreading the slate did.
struct DiversityOutcome: Sendable {
  let distanceBefore: Double
  let distanceAfter: Double
  let relevanceKept: Double

  init(_ choice: SlateChoice) {
    distanceBefore = choice.distanceBefore
    distanceAfter = choice.distanceAfter
    relevanceKept = choice.relevanceKept
  }

  /// Of a slate in the order of relevance.
  init(unspread similarity: some ItemSimilarity) {
    distanceBefore = similarity.meanDistance
    distanceAfter = distanceBefore
    relevanceKept = 1
  }
}
