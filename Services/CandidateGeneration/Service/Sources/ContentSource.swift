import Artifacts
import Catalogue
import Models
import RecommendationCore
import ServiceRuntime
import Text

/// Items described like what the user liked of late: titles, descriptions, categories and attributes in one
/// space. An item that has just come into the catalogue is found by its words, before anybody has acted upon it.
struct ContentSource: CandidateSource {
  let name = "content"
  let summary = "Items described like what this user liked (words, categories, attributes)."
  private let spaces: LabelledModel<TextSpace>
  private let latest = Latest<ContentIndex>()

  init(registry: ModelRegistry, label: String) {
    spaces = LabelledModel(registry: registry, kind: TextSpace.kind, label: label) {
      try TextSpace(bundle: $0)
    }
  }

  /// The index that serves now.
  var current: ContentIndex? { latest.value }
  var version: String { latest.value?.version ?? "" }
  var itemCount: Int { latest.value?.items.count ?? 0 }
  /// Where the search is exact and short.
  var isCheap: Bool { itemCount <= 20_000 }
  func refresh() throws -> [LabelChange] { try spaces.refresh() }

  func follow(_ catalogue: CatalogueSnapshot) throws {
    guard let entry = spaces.current else { return }
    let before = latest.value
    if let before, before.version == entry.version, before.catalogue.isSame(as: catalogue) {
      return
    }
    latest.value = try ContentIndex(
      entry.model, version: entry.version, catalogue: catalogue, before: before)
  }

  func retrieve(_ query: CandidateQuery, quota: Int, budget: TimeBudget) throws -> SourceReply {
    guard let index = current else { return SourceReply(outcome: spaces.absence) }
    var missing: [ItemID] = []
    let rows = query.historyItems.rows(in: index.items)
    let profile = index.space.profile(query.history, missing: &missing) { entry in
      rows[entry] < 0 ? nil : index.vector(ofRow: Int(rows[entry]))
    }
    var reply = SourceReply(outcome: .timedOut(CandidateList()), version: index.version)
    reply.missing = missing
    if let profile {
      if !budget.isSpent {
        reply.outcome = .found(
          try index.nearest(profile, count: quota, filter: index.filters.rows(query)))
      }
    } else {
      reply.outcome = .notApplicable(
        reason: query.history.isEmpty
          ? "the user has no history" : "nothing that the user liked is described in known words")
    }
    return reply
  }
}
