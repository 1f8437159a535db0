import Catalogue
import RecommendationCore

/// A way of finding candidates. A new one is a file in `Sources` and a line in ``CandidateSources``.
protocol CandidateSource: Sendable {
  /// The name that requests use.
  var name: String { get }
  /// For people.
  var summary: String { get }
  /// The bundle that it searches now; empty while it has none.
  var version: String { get }
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
  func refresh() throws -> [BundleChange]
}

/// What candidates are wanted for.
struct CandidateQuery: Sendable {
  /// The user; key 0 for an anonymous one.
  var user: UserID
  /// The live history, newest first.
  var history: History
  /// Conditions on items.
  var filter: ItemFilter
  /// Items not to return.
  var excluded: [ItemID]
  /// The moment that the answer is for, Unix time in milliseconds.
  var timeMilliseconds: Int64
  /// The catalogue as it stood when the request came.
  var catalogue: CatalogueSnapshot
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
}

/// How long a source may take.
struct TimeBudget: Sendable {
  /// When its time is up; nil: never.
  var end: ContinuousClock.Instant?

  /// Whether the time is up.
  var isSpent: Bool { end.map { ContinuousClock.now >= $0 } ?? false }
}
