import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Synchronization

/// `als` finds items 0, 1, 2, … for whoever has a history; `trending` finds them from the other end.
final class FakeCandidates: Sendable {
  let service = FakeService()
  let requests = Requests<Recsys_Candidates_V1_RetrieveRequest>()
  let similarRequests = Requests<Recsys_Candidates_V1_SimilarRequest>()
  /// What a source answers instead.
  let status = Mutex<[String: Recsys_Candidates_V1_SourceResult.Status]>([:])

  /// Whether a source may find an item, where set.
  let filter = Mutex<
    (@Sendable (Recsys_Candidates_V1_RetrieveRequest, String, UInt64) -> Bool)?
  >(nil)

  func start() throws {
    var definition = ServiceDefinition(CandidateMethods.service)
    definition.unary(CandidateMethods.retrieve) { [self] request, _ in
      requests.append(request)
      return try await service.answer("retrieve") { retrieve(request) }
    }
    definition.unary(CandidateMethods.similar) { [self] request, _ in
      similarRequests.append(request)
      return try await service.answer("similar") {
        var response = Recsys_Candidates_V1_SimilarResponse()
        response.itemKeys = World.items.prefix(Int(request.count)).map(\.id.rawValue)
        response.scores = response.itemKeys.indices.map { 1 / Float($0 + 1) }
        response.versions = [ComponentVersion(component: "als", version: "als-1").proto]
        return response
      }
    }
    try service.start(definition)
  }

  private func retrieve(_ request: Recsys_Candidates_V1_RetrieveRequest)
    -> Recsys_Candidates_V1_RetrieveResponse
  {
    let excluded = Set(request.excludeItemKeys)
    let allowed = Set(request.filter.allowItemKeys)
    let found = World.items.filter { item in
      !excluded.contains(item.id.rawValue)
        && (allowed.isEmpty || allowed.contains(item.id.rawValue))
        && (request.filter.anyCategories.isEmpty
          || !Set(request.filter.anyCategories).isDisjoint(with: item.categories))
    }.map(\.id.rawValue)
    var response = Recsys_Candidates_V1_RetrieveResponse()
    response.results = request.sources.map { source in
      var result = Recsys_Candidates_V1_SourceResult()
      result.source = source.source
      result.status = status.withLock { $0[source.source] } ?? .ok
      if source.source == "als", request.history.itemKeys.isEmpty { result.status = .notApplicable }
      guard result.status == .ok else { return result }
      let ordered = source.source == "als" ? found : found.reversed()
      let finds = filter.withLock { $0 }
      result.itemKeys = Array(
        ordered.filter { finds?(request, source.source, $0) ?? true }.prefix(Int(source.quota)))
      result.scores = result.itemKeys.indices.map { 10 - Float($0) / 10 }
      result.version = "\(source.source)-1"
      if source.source == "exploration" {
        result.propensities = result.itemKeys.map { _ in 0.25 }
      }
      return result
    }
    return response
  }
}
