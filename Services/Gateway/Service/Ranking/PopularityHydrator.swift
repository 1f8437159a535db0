import RecommendationCore
import RecommendationProtos
import ServiceContracts
import StagePipeline

/// How popular the candidates are, where the request counts that against them. It mostly is among the features that
/// the ranker wants, and then costs no call.
struct PopularityHydrator: CandidateHydrator {
  let features: FeatureGathering

  /// Its calls have deadlines.
  var keepsDeadline: Bool { true }

  func isEnabled(for query: RecommendQuery) -> Bool {
    query.request.diversity.popularityPenalty > 0
  }

  func hydrate(
    _ candidates: inout [SlateCandidate], for query: inout RecommendQuery,
    in context: StageContext
  ) async throws {
    let counts =
      if let column = Self.column(of: query), let matrix = query.itemFeatures {
        try Self.values(of: matrix, column: column, rows: candidates.count)
      } else {
        try await features.logCounts(
          of: candidates.map(\.id.rawValue), at: query.request.now, timeout: context.timeRemaining)
      }
    for index in candidates.indices { candidates[index].popularity = counts[index] }
  }

  /// Where popularity stands among the features that were gathered.
  private static func column(of query: RecommendQuery) -> Int? {
    guard query.itemFeatures != nil, let wanted = FeatureGathering.logCount.features.first else {
      return nil
    }
    return query.ranker?.itemFeatures.features.firstIndex(of: wanted)
  }

  private static func values(
    of matrix: Recsys_Common_V1_Matrix, column: Int, rows: Int
  ) throws -> [Float] {
    let features = try FeatureMatrix(proto: matrix)
    guard features.rows == rows, column < features.columns else {
      throw GatewayError(.malformedAnswer, "the item features have no popularity column")
    }
    return (0..<rows).map { features[$0, column] }
  }
}
