import Catalogue
import RecommendationCore
import StagePipeline

/// For bad times: items that the request allows by name, then popular ones, from the gateway's own memory. They
/// obey the request's filter like all others.
struct PopularSource: CandidateSource {
  static let name = "popular"

  let popular: PopularItems
  /// How many to yield.
  let limit: Int

  /// Not where the request names its sources: it wants to know what these find.
  func isEnabled(for query: RecommendQuery) -> Bool { query.request.sources.isWhole }

  func retrieve(for query: RecommendQuery, in context: StageContext) async throws
    -> [RetrievedList]
  {
    let request = query.request
    var unwanted = KeySlots(
      capacity: request.shown.count + query.user.seen.count + request.filter.allow.count + limit)
    for item in request.shown { _ = unwanted.insert(item.rawValue) }
    if request.excludesSeen { for key in query.user.seen { _ = unwanted.insert(key) } }
    var items: [UInt64] = []
    // Those allowed by name first: a caller who names items wants these ranked, known to a source or not.
    for item in request.filter.allow + popular.items(in: query.catalogue) {
      guard items.count < limit, !unwanted.contains(item.rawValue), query.filter.matches(item)
      else { continue }
      _ = unwanted.insert(item.rawValue)
      items.append(item.rawValue)
    }
    let scores = items.indices.map { 1 / Float($0 + 1) }
    return [RetrievedList(source: Self.name, items: items, scores: scores)]
  }
}
