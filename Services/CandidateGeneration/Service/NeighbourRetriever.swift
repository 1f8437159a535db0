import Artifacts
import Models
import RecommendationCore
import VectorSearch

/// A table of neighbours with all that answers from it.
struct NeighbourRetriever: Sendable {
  let model: ItemNeighbours
  private let filters: ModelRowFilters

  init(_ bundle: ModelBundle) throws {
    model = try ItemNeighbours(bundle: bundle)
    filters = ModelRowFilters(model.items)
  }

  /// The answer of a source that asks this table with the query's history.
  func reply(_ query: CandidateQuery, quota: Int, version: String) throws -> SourceReply {
    let history = query.history
    let allowed = try filters.rows(query)
    let found = model.nearest(
      to: history, rows: query.historyItems.rows(in: model.items), count: quota
    ) { allowed.allows($0) }
    var reply = SourceReply(outcome: .found(CandidateList(found, model.items)), version: version)
    reply.missing = found.missing
    if found.usedEntries == 0 {
      reply.outcome = .notApplicable(
        reason: history.isEmpty
          ? "the user has no history" : "the model knows nothing that the user liked")
    }
    return reply
  }
}

extension CandidateList {
  /// Rows of a model as items.
  init(_ found: RankedRows, _ items: ItemRows) {
    self.init(items: found.rows.map { items.ids[Int($0)] }, scores: found.scores)
  }
}
