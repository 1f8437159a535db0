import Artifacts
import Catalogue
import Models
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// Finds neighbours of items: by who liked them, by what they are described by, or by both.
struct SimilarHandler: Sendable {
  let collaborative: ALSSource
  let content: ContentSource
  let catalogue: LiveCatalogue
  let pool: ComputePool

  /// What was found, and by what.
  private struct Found: Sendable {
    var list: CandidateList?
    var missing: [ItemID]
    var versions: [ComponentVersion]
  }

  func similar(
    _ message: Recsys_Candidates_V1_SimilarRequest
  ) async throws -> Recsys_Candidates_V1_SimilarResponse {
    let request = try CheckedSimilarRequest(message, catalogue.snapshot)
    let found = try await pool.run { try find(request) }
    var response = Recsys_Candidates_V1_SimilarResponse()
    response.itemKeys = found.list?.items.map(\.rawValue) ?? []
    response.scores = found.list?.scores ?? []
    response.missingItemKeys = found.missing.map(\.rawValue)
    response.versions =
      (found.versions + [
        ComponentVersion(component: "catalogue", version: "\(request.query.catalogue.sequence)")
      ]).map(\.proto)
    return response
  }

  private func find(_ request: CheckedSimilarRequest) throws -> Found {
    switch request.kind {
    case .content:
      let index = try contentIndex()
      return Found(
        list: try index.similar(to: request.items, request.query, count: request.count),
        missing: request.items.filter { !index.contains($0) },
        versions: [ComponentVersion(component: content.name, version: index.version)])
    case .blended:
      return try blended(request)
    default:
      let entry = try alsEntry()
      return Found(
        list: try entry.model.similar(to: request.items, request.query, count: request.count),
        missing: request.items.filter { entry.model.model.items.row(of: $0) == nil },
        versions: [ComponentVersion(component: collaborative.name, version: entry.version)])
    }
  }

  /// The mean of both cosines; an item that one of the two does not know has 0 there. The best of both lists
  /// are looked at, four times as many as are wanted.
  private func blended(_ request: CheckedSimilarRequest) throws -> Found {
    let entry = try alsEntry()
    let index = try contentIndex()
    let depth = request.count * 4
    let query = request.query
    let liked = try entry.model.similar(to: request.items, query, count: depth)
    let described = try index.similar(to: request.items, query, count: depth)
    let candidates = Set((liked?.items ?? []) + (described?.items ?? [])).sorted()
    let likedDirection = entry.model.direction(of: request.items)
    let describedDirection = index.direction(of: request.items)
    let scored = candidates.map { item -> (item: ItemID, score: Float) in
      let one = likedDirection.map { entry.model.cosine($0, item) } ?? 0
      let other = describedDirection.map { index.cosine($0, item) } ?? 0
      return (item, (one + other) / 2)
    }
    let best = scored.sorted { ($1.score, $0.item) < ($0.score, $1.item) }.prefix(request.count)
    return Found(
      list: CandidateList(items: best.map(\.item), scores: best.map(\.score)),
      missing: request.items.filter {
        entry.model.model.items.row(of: $0) == nil && !index.contains($0)
      },
      versions: [
        ComponentVersion(component: collaborative.name, version: entry.version),
        ComponentVersion(component: content.name, version: index.version),
      ])
  }

  private func alsEntry() throws -> LoadedModels<ALSRetriever>.Entry {
    guard let entry = collaborative.current else { throw Self.notLoaded(collaborative.name) }
    return entry
  }

  private func contentIndex() throws -> ContentIndex {
    guard let index = content.current else { throw Self.notLoaded(content.name) }
    return index
  }

  private static func notLoaded(_ kind: String) -> RPCError {
    RPCError(
      .failedPrecondition, "No \(kind) bundle is loaded yet.",
      details: [
        .errorInfo(
          reason: "MODEL_NOT_LOADED", domain: "candidates.recsys", metadata: ["kind": kind])
      ])
  }
}
