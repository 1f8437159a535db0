import Catalogue
import RecommendationCore
import StagePipeline

/// The last resort of a slate that would stay short: whatever else the catalogue holds that the request may have, the
/// newest first. After it, a short slate means that there is nothing more.
struct CatalogueSource: CandidateSource {
  static let name = "catalogue"

  /// Not where the request names its sources: it is to see what they find.
  func isEnabled(for query: RecommendQuery) -> Bool { query.request.sources.isWhole }

  /// - Complexity: O(rows of the catalogue), which only a slate that is short pays.
  func retrieve(for query: RecommendQuery, in context: StageContext) async throws
    -> [RetrievedList]
  {
    let request = query.request
    let known = query.retrieved.reduce(0) { $0 + $1.items.count }
    var unwanted = KeySlots(capacity: known + request.shown.count + query.user.seen.count)
    for list in query.retrieved { for key in list.items { _ = unwanted.insert(key) } }
    for item in request.shown { _ = unwanted.insert(item.rawValue) }
    if request.excludesSeen { for key in query.user.seen { _ = unwanted.insert(key) } }
    var found: [(release: Int64, item: ItemID)] = []
    query.filter.matchingRows().forEach { row in
      guard let item = query.catalogue.id(atRow: row), !unwanted.contains(item.rawValue) else {
        return
      }
      found.append((query.catalogue.releaseMilliseconds(of: item) ?? .min, item))
    }
    found.sort { ($1.release, $0.item) < ($0.release, $1.item) }
    var items: [UInt64] = []
    var rules: [Int] = []
    for (_, item) in found where items.count < request.count {
      if let active = query.rules, active.hasBlocks,
        active.block(item, in: query.catalogue, found: &rules) != nil
      {
        continue
      }
      items.append(item.rawValue)
    }
    return [
      RetrievedList(
        source: Self.name, items: items, scores: items.indices.map { 1 / Float($0 + 1) })
    ]
  }
}
