import Artifacts
import CoreMetrics
import RPC
import Rankers
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// Scores rows, and takes scores apart. Both run on the compute pool: a request is some 100 µs to 1 ms of work.
struct ScoringHandler: Sendable {
  /// Most items of one attribution: TreeSHAP is some hundred times dearer than a score.
  static let attributionLimit = 500

  let choice: ModelChoice
  let pool: ComputePool
  private let rowsScored = Counter(label: "recsys_ranking_rows_scored_total")
  private let mismatches = Counter(label: "recsys_ranking_fingerprint_mismatches_total")

  init(choice: ModelChoice, pool: ComputePool) {
    self.choice = choice
    self.pool = pool
  }

  func rank(
    _ request: Recsys_Ranking_V1_RankRequest
  ) async throws -> Recsys_Ranking_V1_RankResponse {
    let entry = try choice.entry(request.input.model)
    let scores = try await scored(request.input, entry, limit: Limits.candidateCount) { rows in
      try entry.model.score(rows.features, items: rows.items)
    }
    rowsScored.increment(by: Int64(scores.count))
    var response = Recsys_Ranking_V1_RankResponse()
    response.scores = scores
    response.modelVersion = entry.version
    response.fingerprint = entry.model.specification.fingerprint
    return response
  }

  func attribute(
    _ request: Recsys_Ranking_V1_AttributeRequest
  ) async throws -> Recsys_Ranking_V1_AttributeResponse {
    let entry = try choice.entry(request.input.model)
    let (contributions, scores) = try await scored(
      request.input, entry, limit: Self.attributionLimit
    ) { rows in
      (
        try entry.model.contributions(rows.features, items: rows.items),
        try entry.model.score(rows.features, items: rows.items)
      )
    }
    var response = Recsys_Ranking_V1_AttributeResponse()
    response.contributions = contributions.proto()
    response.featureNames = entry.model.specification.columnNames
    response.scores = scores
    response.modelVersion = entry.version
    return response
  }

  private func scored<Result: Sendable>(
    _ input: Recsys_Ranking_V1_ScoringInput, _ entry: LoadedModels<any Ranker>.Entry, limit: Int,
    _ body: @escaping @Sendable (ScoringRows) throws -> Result
  ) async throws -> Result {
    do {
      return try await pool.run {
        try body(
          try ScoringRows(
            input, entry.model.specification, version: entry.version, limit: limit))
      }
    } catch {
      if (error as? RPCError)?.code == .failedPrecondition { mismatches.increment() }
      throw RankingErrors.scoring(error)
    }
  }
}
