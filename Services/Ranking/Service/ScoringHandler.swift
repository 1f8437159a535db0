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
  /// Items of an attribution that are worked on without a break.
  static let attributionChunk = 8

  let choice: ModelChoice
  let pool: ComputePool
  let recent: RecentInputs
  private let rowsScored = Counter(label: "recsys_ranking_rows_scored_total")
  private let mismatches = Counter(label: "recsys_ranking_fingerprint_mismatches_total")

  init(choice: ModelChoice, pool: ComputePool, recent: RecentInputs) {
    self.choice = choice
    self.pool = pool
    self.recent = recent
  }

  func rank(
    _ request: Recsys_Ranking_V1_RankRequest
  ) async throws -> Recsys_Ranking_V1_RankResponse {
    let (entry, current) = try choice.entry(
      request.input.model, fingerprint: request.input.fingerprint)
    let scores = try await scored(request.input, entry, limit: Limits.candidateCount) { rows in
      recent.offer(rows, of: entry.model.specification)
      return try entry.model.score(rows.features, items: rows.items)
    }
    rowsScored.increment(by: Int64(scores.count))
    var response = Recsys_Ranking_V1_RankResponse()
    response.scores = scores
    response.modelVersion = entry.version
    response.currentVersion = current
    response.fingerprint = entry.model.specification.fingerprint
    return response
  }

  func attribute(
    _ request: Recsys_Ranking_V1_AttributeRequest
  ) async throws -> Recsys_Ranking_V1_AttributeResponse {
    let entry = try choice.entry(
      request.input.model, fingerprint: request.input.fingerprint
    ).entry
    let rows = try await scored(request.input, entry, limit: Self.attributionLimit) { $0 }
    var values: [Float] = []
    // Chunk by chunk, so that rankings that wait for the pool get their turn in between.
    for chunk in rows.chunks(of: Self.attributionChunk) {
      values += try await onPool {
        try entry.model.contributions(chunk.features, items: chunk.items)
      }
      .values
    }
    let columns = entry.model.specification.columnCount + 1
    guard
      let contributions = FeatureMatrix(rows: rows.items.count, columns: columns, values: values)
    else { throw RPCError(.internalError, "The contributions are of another shape.") }
    var response = Recsys_Ranking_V1_AttributeResponse()
    response.contributions = contributions.proto()
    response.featureNames = entry.model.specification.columnNames
    response.scores = try await onPool { try entry.model.score(rows.features, items: rows.items) }
    response.modelVersion = entry.version
    return response
  }

  /// The checked rows of a request, and what a body makes of them.
  private func scored<Result: Sendable>(
    _ input: Recsys_Ranking_V1_ScoringInput, _ entry: LoadedModels<any Ranker>.Entry, limit: Int,
    _ body: @escaping @Sendable (ScoringRows) throws -> Result
  ) async throws -> Result {
    do {
      return try await onPool {
        try body(
          try ScoringRows(
            input, entry.model.specification, version: entry.version, limit: limit))
      }
    } catch let error as RPCError where error.code == .failedPrecondition {
      mismatches.increment()
      throw error
    }
  }

  private func onPool<Result: Sendable>(
    _ work: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    do {
      return try await pool.run(work)
    } catch {
      throw RankingErrors.scoring(error)
    }
  }
}
