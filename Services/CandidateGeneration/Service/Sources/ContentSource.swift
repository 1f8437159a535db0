import Artifacts
import Catalogue
import Logging
import Models
import RecommendationCore
import ServiceRuntime
import Synchronization
import Text
import VectorSearch

/// Items described like what the user liked of late: titles, descriptions, categories and attributes in one
/// space. An item that has just come into the catalogue is found by its words, before anybody has acted upon it.
struct ContentSource: CandidateSource {
  let name = "content"
  let summary = "Items described like what this user liked (words, categories, attributes)."
  private let spaces: LabelledModel<TextSpace>
  private let states: ContentStates

  init(registry: ModelRegistry, label: String, logger: Logger) {
    spaces = LabelledModel(registry: registry, kind: TextSpace.kind, label: label) {
      try TextSpace(bundle: $0)
    }
    states = ContentStates(logger: logger)
  }

  /// The index that serves now.
  var current: ContentIndex? { states.current }
  var version: String { current?.version ?? "" }
  var itemCount: Int { current?.count ?? 0 }
  /// Where the search is exact and short.
  var isCheap: Bool { itemCount < VectorIndexKind.exactBelow }
  func refresh() throws -> [LabelChange] { try spaces.refresh() }

  func follow(_ catalogue: CatalogueSnapshot) throws {
    guard let entry = spaces.current else { return }
    try states.follow(catalogue, entry.model, version: entry.version)
  }

  func retrieve(_ query: CandidateQuery, quota: Int, budget: TimeBudget) throws -> SourceReply {
    guard let index = current else { return SourceReply(outcome: spaces.absence) }
    var missing: [ItemID] = []
    let profile = index.space.profile(query.history, missing: &missing) { entry, body in
      index.withVector(of: query.history.items[entry], body)
    }
    var reply = SourceReply(outcome: .timedOut(CandidateList()), version: index.version)
    reply.missing = missing
    if let profile {
      if !budget.isSpent {
        reply.outcome = .found(
          try index.nearest(profile, count: quota, filter: index.allowed(query)))
      }
    } else {
      reply.outcome = .notApplicable(
        reason: query.history.isEmpty
          ? "the user has no history" : "nothing that the user liked is described in known words")
    }
    return reply
  }
}
