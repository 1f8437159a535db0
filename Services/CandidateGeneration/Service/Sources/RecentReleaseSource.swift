import Artifacts
import Catalogue
import Models
import RecommendationCore
import ServiceRuntime
import Synchronization
import VectorSearch

/// The newest items of the live catalogue, those of well-liked categories first: what nobody can have liked
/// yet is found from the moment it is there.
struct RecentReleaseSource: CandidateSource {
  /// Most items that it can return.
  static let limit = 2_000

  /// What was worked out for one state of the catalogue.
  private struct Derived: Sendable {
    let releases: RecentReleases
    let filters: ModelRowFilters
    let catalogue: CatalogueSnapshot
    let version: String
  }

  let name = "recent-release"
  let summary = "The newest items, those of well-liked categories first."
  let isCheap = true
  private let priors: LabelledModel<CategoryPopularSource.Loaded>
  private let halfLife: Duration
  private let derived = Latest<Derived>()

  /// - Parameter priors: how well categories are liked; without it newness alone counts.
  init(priors: LabelledModel<CategoryPopularSource.Loaded>, halfLife: Duration) {
    self.priors = priors
    self.halfLife = halfLife
  }

  var version: String { derived.value?.version ?? "" }
  var itemCount: Int { derived.value?.releases.items.count ?? 0 }
  /// The priors are refreshed by the source whose model they are.
  func refresh() throws -> [LabelChange] { [] }

  func follow(_ catalogue: CatalogueSnapshot) throws {
    let entry = priors.current
    let version = entry?.version ?? ""
    if let known = derived.value, known.catalogue.isSame(as: catalogue), known.version == version {
      return
    }
    var releases: [RecentReleases.Release] = []
    catalogue.forEach { row, item in
      guard let time = RecentReleases.release(of: item) else { return }
      releases.append(
        RecentReleases.Release(
          item: item.id, timeMilliseconds: time,
          prior: entry.map { $0.model.model.prior(ofCategories: item.categories) } ?? 0))
    }
    let made = try RecentReleases(releases, halfLife: halfLife, limit: Self.limit)
    derived.value = Derived(
      releases: made, filters: ModelRowFilters(made.items), catalogue: catalogue,
      version: version)
  }

  func retrieve(_ query: CandidateQuery, quota: Int, budget: TimeBudget) throws -> SourceReply {
    guard let derived = derived.value, derived.releases.items.count > 0 else {
      return SourceReply(
        outcome: .notApplicable(reason: "no item of the catalogue has a time or year of release"))
    }
    let allowed = try derived.filters.rows(query)
    let found = derived.releases.newest(at: query.timeMilliseconds, count: quota) {
      allowed.allows($0)
    }
    return SourceReply(
      outcome: .found(CandidateList(found, derived.releases.items)), version: derived.version)
  }
}
