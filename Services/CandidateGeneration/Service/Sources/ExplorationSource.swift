import Artifacts
import Catalogue
import Models
import RecommendationCore
import ServiceRuntime
import VectorSearch

/// Items that too little is known of, drawn evenly by the request's seed, each with the probability with which
/// it was: so that what is learnt from them can be weighed without bias (Horvitz and Thompson 1952).
///
/// The pool is the half of the live catalogue that came before people's eyes least; an item that the training
/// log never had counts as never seen.
struct ExplorationSource: CandidateSource {
  /// The pool for one state of the catalogue.
  private struct Pool: Sendable {
    let items: ItemRows
    let filters: ModelRowFilters
    let catalogue: CatalogueSnapshot
    let version: String
  }

  let name = "exploration"
  let summary = "Items that few have seen, drawn by chance, with the probability of each."
  let isCheap = true
  private let models: LabelledModel<ExposureModel>
  private let pool = Latest<Pool>()

  init(registry: ModelRegistry, label: String) {
    models = LabelledModel(registry: registry, kind: ExposureModel.kind, label: label) {
      try ExposureModel(bundle: $0)
    }
  }

  var version: String { models.version }
  var itemCount: Int { pool.value?.items.count ?? 0 }
  func refresh() throws -> [LabelChange] { try models.refresh() }

  func follow(_ catalogue: CatalogueSnapshot) throws {
    guard let entry = models.current else { return }
    if let known = pool.value, known.catalogue.isSame(as: catalogue),
      known.version == entry.version
    {
      return
    }
    var all: [ItemID] = []
    all.reserveCapacity(catalogue.count)
    for row in 0..<catalogue.rowCount {
      if let id = catalogue.id(atRow: row) { all.append(id) }
    }
    let items = try ItemRows(sorted: entry.model.underExposed(all).sorted())
    pool.value = Pool(
      items: items, filters: ModelRowFilters(items), catalogue: catalogue,
      version: entry.version)
  }

  func retrieve(_ query: CandidateQuery, quota: Int, budget: TimeBudget) throws -> SourceReply {
    guard let pool = pool.value else { return SourceReply(outcome: models.absence) }
    let allowed = try pool.filters.rows(query)
    var random = SeededGenerator(seed: query.seed)
    let drawn = EvenDraw.rows(allowed, count: quota, using: &random)
    var reply = SourceReply(outcome: .found(CandidateList()), version: pool.version)
    guard !drawn.isEmpty else {
      reply.outcome = .notApplicable(reason: "no item that few have seen passes the filter")
      return reply
    }
    reply.outcome = .found(
      CandidateList(
        items: drawn.map { pool.items.ids[$0] }, scores: drawn.map { _ in 1 }))
    let propensity = Float(drawn.count) / Float(allowed.allowedCount)
    reply.propensities = drawn.map { _ in propensity }
    return reply
  }
}
