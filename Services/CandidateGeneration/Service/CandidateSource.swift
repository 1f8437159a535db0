import Catalogue
import RecommendationCore
import ServiceRuntime

/// A way of finding candidates. A new one is a file in `Sources` and a line in ``CandidateSources``.
protocol CandidateSource: Sendable {
  /// The name that requests use.
  var name: String { get }
  /// For people.
  var summary: String { get }
  /// The bundle that it searches now; empty while it has none.
  var version: String { get }
  /// Whether it answers within some tens of microseconds: such sources take turns on one thread, since a thread
  /// each would cost more than their work.
  var isCheap: Bool { get }
  /// Items that it can return.
  var itemCount: Int { get }

  /// Finds candidates; runs on a thread of the compute pool.
  ///
  /// - Parameters:
  ///   - quota: how many at most. The list is full unless fewer items pass the query's filter.
  ///   - budget: a source whose work can be cut in pieces looks at it between them.
  /// - Throws: what kept it from answering; its result is then FAILED, that of other sources unharmed.
  func retrieve(_ query: CandidateQuery, quota: Int, budget: TimeBudget) throws -> SourceReply

  /// Loads what its label names by now. Blocks while it loads.
  ///
  /// - Throws: when the registry cannot be read; what was there serves on.
  func refresh() throws -> [LabelChange]

  /// Takes in the catalogue as it stands by now. Called in the background, soon after each change and each
  /// refresh; blocks while it works.
  ///
  /// - Throws: what kept it from doing so; what was there serves on.
  func follow(_ catalogue: CatalogueSnapshot) throws
}

extension CandidateSource {
  /// A thread of its own, unless it says that it needs none.
  var isCheap: Bool { false }

  /// Most sources take the catalogue from the query.
  func follow(_ catalogue: CatalogueSnapshot) throws {}
}

/// What candidates are wanted for.
struct CandidateQuery: Sendable {
  /// The user; key 0 for an anonymous one.
  var user: UserID
  /// The live history, newest first.
  let history: History
  /// Conditions on items.
  var filter: ItemFilter
  /// The history's items, to look up.
  let historyItems: LookedUpItems
  /// Items not to return, to look up.
  let excluded: LookedUpItems
  /// What the caller knows of the moment, and of the user, by name.
  var contextAttributes: [String: AttributeValue]
  /// Seed of what is drawn by chance.
  var seed: UInt64
  /// The moment that the answer is for, Unix time in milliseconds.
  var timeMilliseconds: Int64
  /// The catalogue as it stood when the request came.
  var catalogue: CatalogueSnapshot

  init(
    user: UserID, history: History, filter: ItemFilter, excluded: [ItemID],
    contextAttributes: [String: AttributeValue] = [:], seed: UInt64 = 0, timeMilliseconds: Int64,
    catalogue: CatalogueSnapshot
  ) {
    self.user = user
    self.history = history
    self.filter = filter
    historyItems = LookedUpItems(history.items)
    self.excluded = LookedUpItems(excluded)
    self.contextAttributes = contextAttributes
    self.seed = seed
    self.timeMilliseconds = timeMilliseconds
    self.catalogue = catalogue
  }
}

/// What a source found, as parallel columns, best first.
struct CandidateList: Sendable, Equatable {
  var items: [ItemID] = []
  var scores: [Float] = []

  mutating func append(_ item: ItemID, _ score: Float) {
    items.append(item)
    scores.append(score)
  }
}

/// A source's answer.
struct SourceReply: Sendable {
  /// How it went.
  enum Outcome: Sendable, Equatable {
    case found(CandidateList)
    /// The source cannot serve this user. Not a failure.
    case notApplicable(reason: String)
    /// Its time was up; with what it knew by then.
    case timedOut(CandidateList)
    /// The service had no room for it.
    case overloaded
    case failed(reason: String)
  }

  var outcome: Outcome
  /// Version of the bundle that it searched.
  var version = ""
  /// Items of the history that it does not know; nil for a source that does not look at the history.
  var missing: [ItemID]?
  /// Of items that were drawn by chance: the probability of each to be among them; empty where none was.
  var propensities: [Float] = []
}

/// How long a source may take.
struct TimeBudget: Sendable {
  /// When its time is up; nil: never.
  var end: ContinuousClock.Instant?

  /// Whether the time is up.
  var isSpent: Bool { end.map { ContinuousClock.now >= $0 } ?? false }
}
