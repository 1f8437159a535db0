import Artifacts
import Catalogue
import Models
import RecommendationCore
import ServiceContracts
import ServiceRuntime
import VectorSearch

/// What people like the user like, and what is liked in the user's categories: for those of whom little is
/// known. The context may name categories (`category`, `categories`) and groups (any text attribute that the
/// model was trained with, e.g. `age_group`); where it names no category, the user's own top ones count.
struct CategoryPopularSource: CandidateSource {
  /// A loaded model.
  struct Loaded: Sendable {
    let model: SegmentPopularity
    let filters: ModelRowFilters

    init(_ bundle: ModelBundle) throws {
      model = try SegmentPopularity(bundle: bundle)
      filters = ModelRowFilters(model.items)
    }
  }

  let name = "category-popular"
  let summary = "Items liked most of late in the user's categories and by people alike."
  let isCheap = true
  let models: LabelledModel<Loaded>

  init(registry: ModelRegistry, label: String) {
    models = LabelledModel(registry: registry, kind: SegmentPopularity.kind, label: label) {
      try Loaded($0)
    }
  }

  var version: String { models.version }
  var itemCount: Int { models.current?.model.model.items.count ?? 0 }
  func refresh() throws -> [LabelChange] { try models.refresh() }

  func retrieve(_ query: CandidateQuery, quota: Int, budget: TimeBudget) throws -> SourceReply {
    guard let entry = models.current else { return SourceReply(outcome: models.absence) }
    let model = entry.model.model
    let facts = query.catalogue.gather(query.history.items.prefix(SegmentChoice.historyLimit))
    let choice = SegmentChoice(
      context: query.contextAttributes, history: query.history, model: model
    ) { entry in
      let row = facts.rows[entry]
      return facts.categories[row.categoryStart..<row.categoryEnd].map {
        query.catalogue.categoryKey($0)
      }
    }
    guard !choice.segments.isEmpty else {
      return SourceReply(
        outcome: .notApplicable(
          reason: "neither the context nor the history names a known segment"),
        version: entry.version)
    }
    let allowed = try entry.model.filters.rows(query)
    let found = model.ranked(by: choice.segments, count: quota) { allowed.allows($0) }
    return SourceReply(
      outcome: .found(CandidateList(found, model.items)), version: entry.version)
  }
}
