import Artifacts
import Catalogue
import Models
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// Finds neighbours of items.
struct SimilarHandler: Sendable {
  let source: ALSSource
  let catalogue: LiveCatalogue
  let pool: ComputePool

  func similar(
    _ message: Recsys_Candidates_V1_SimilarRequest
  ) async throws -> Recsys_Candidates_V1_SimilarResponse {
    let request = try CheckedSimilarRequest(message, catalogue.snapshot)
    guard request.kind == .collaborative else {
      throw RPCError(
        .unimplemented,
        "This service has no content space; ask for SIMILARITY_KIND_COLLABORATIVE.")
    }
    guard let entry = source.current else {
      throw RPCError(
        .failedPrecondition, "No als bundle is loaded yet.",
        details: [
          .errorInfo(
            reason: "MODEL_NOT_LOADED", domain: "candidates.recsys", metadata: ["kind": "als"])
        ])
    }
    let list = try await pool.run {
      try entry.model.similar(to: request.items, request.query, count: request.count)
    }
    var response = Recsys_Candidates_V1_SimilarResponse()
    response.itemKeys = list?.items.map(\.rawValue) ?? []
    response.scores = list?.scores ?? []
    response.missingItemKeys = request.items
      .filter { entry.model.model.items.row(of: $0) == nil }.map(\.rawValue)
    response.versions = [
      ComponentVersion(component: "als", version: entry.version).proto,
      ComponentVersion(component: "catalogue", version: "\(request.query.catalogue.sequence)")
        .proto,
    ]
    return response
  }
}
