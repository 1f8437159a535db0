import Catalogue
import Foundation
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// A `Retrieve` request whose limits have been checked.
struct CheckedRetrieveRequest: Sendable {
  /// One source that is asked for.
  struct Wanted: Sendable {
    var source: any CandidateSource
    /// Its place among all.
    var place: Int
    var quota: Int
    /// nil: what is left of the call's deadline.
    var budget: Duration?
  }

  let wanted: [Wanted]
  let query: CandidateQuery

  init(
    _ request: Recsys_Candidates_V1_RetrieveRequest, _ sources: CandidateSources,
    _ catalogue: CatalogueSnapshot
  ) throws {
    var checks = FieldChecks()
    wanted = Self.wanted(request.sources, sources, &checks)
    let history = checks.within("history") { History(proto: request.history, &$0) }
    let filter = checks.within("filter") {
      ItemFilter(proto: request.filter, from: .service, &$0)
    }
    let context = checks.within("context") { RequestContext(proto: request.context, &$0) }
    checks.keys(request.excludeItemKeys, "exclude_item_keys", limit: Limits.excludeCount)
    try checks.finish()
    query = CandidateQuery(
      user: UserID(rawValue: request.userKey), history: history, filter: filter,
      excluded: request.excludeItemKeys.map { ItemID(rawValue: $0) },
      contextAttributes: context.attributes, seed: request.seed,
      timeMilliseconds: context.timeMilliseconds ?? nowMilliseconds(), catalogue: catalogue)
  }

  private static func wanted(
    _ requests: [Recsys_Candidates_V1_SourceRequest], _ sources: CandidateSources,
    _ checks: inout FieldChecks
  ) -> [Wanted] {
    guard checks.count(requests.count, "sources", atLeast: 1, atMost: Limits.sourceCount) else {
      return []
    }
    var seen: Set<String> = []
    return requests.enumerated().compactMap { index, request in
      checks.within("sources", index) { checks in
        checks.range(Int(request.quota), "quota", 1...Limits.candidateCount)
        checks.require(
          seen.insert(request.source).inserted, "source", "must be asked for only once")
        guard let place = sources.place(of: request.source) else {
          checks.refuse("source", "is not offered here; there are: \(sources.names)")
          return nil
        }
        return Wanted(
          source: sources.all[place], place: place, quota: Int(request.quota),
          budget: request.budgetUs > 0 ? .microseconds(Int(request.budgetUs)) : nil)
      }
    }
  }
}

/// A `Similar` request whose limits have been checked.
struct CheckedSimilarRequest: Sendable {
  /// Most items that neighbours are wanted of.
  static let itemLimit = 100
  /// Most neighbours.
  static let countLimit = 1_000

  let items: [ItemID]
  let count: Int
  let kind: Recsys_Candidates_V1_SimilarityKind
  let query: CandidateQuery

  init(
    _ request: Recsys_Candidates_V1_SimilarRequest, _ catalogue: CatalogueSnapshot
  ) throws {
    var checks = FieldChecks()
    if checks.count(request.itemKeys.count, "item_keys", atLeast: 1, atMost: Self.itemLimit) {
      checks.keys(request.itemKeys, "item_keys", limit: Self.itemLimit)
    }
    checks.range(Int(request.count), "count", 1...Self.countLimit)
    let filter = checks.within("filter") {
      ItemFilter(proto: request.filter, from: .service, &$0)
    }
    checks.keys(request.excludeItemKeys, "exclude_item_keys", limit: Limits.excludeCount)
    if case .UNRECOGNIZED = request.kind { checks.refuse("kind", "is not a kind of similarity") }
    try checks.finish()
    items = request.itemKeys.map { ItemID(rawValue: $0) }
    count = Int(request.count)
    kind = request.kind == .unspecified ? .collaborative : request.kind
    query = CandidateQuery(
      user: UserID(rawValue: 0), history: History(), filter: filter,
      excluded: request.excludeItemKeys.map { ItemID(rawValue: $0) },
      timeMilliseconds: nowMilliseconds(), catalogue: catalogue)
  }
}

/// Unix time in milliseconds.
private func nowMilliseconds() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
