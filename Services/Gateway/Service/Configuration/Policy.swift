import RecommendationCore
import ServiceContracts

/// How slates are made: sources and quotas, budgets, spread. From configuration; its version is in every reply.
struct Policy: Sendable {
  /// A candidate source.
  struct Source: Sendable, Equatable {
    /// As Candidates names it.
    var name: String
    /// How many candidates to ask it for.
    var quota: Int
    /// Places among the candidates that are its own while it has enough; the rest is given out by merged
    /// score.
    var reserved: Int
    /// Weight of its ranks in the merged score.
    var weight: Float
    /// Longest time that it may take.
    var budget: Duration
    /// Where it is served; empty: where candidates are by default.
    var target: String
    /// Whether it is asked at all.
    var isEnabled: Bool
    /// Whether a request must fail that it does not answer; otherwise the other sources make the slate.
    var isRequired: Bool

    init(
      name: String, quota: Int, reserved: Int, weight: Float = 1,
      budget: Duration = .milliseconds(80), target: String = "", isEnabled: Bool = true,
      isRequired: Bool = false
    ) {
      self.name = name
      self.quota = quota
      self.reserved = reserved
      self.weight = weight
      self.budget = budget
      self.target = target
      self.isEnabled = isEnabled
      self.isRequired = isRequired
    }

    init(_ standard: StandardSource) {
      self.init(
        name: standard.name, quota: standard.quota, reserved: standard.reserved,
        weight: standard.weight)
    }

    /// Whether it draws items by chance, and so is asked only where the request explores.
    var isDrawn: Bool { name == StandardSource.exploration }
  }

  /// Showing items by chance, to learn of them.
  struct Exploration: Sendable, Equatable {
    /// Share of requests that do so, 0 to 1.
    var share = 0.0
    /// Places of the first page that go to drawn items, from 1, rising.
    var slots: [Int] = [10]
  }

  /// Longest times of the calls, whatever the client's deadline is.
  struct Budgets: Sendable, Equatable {
    var user: Duration = .milliseconds(60)
    var candidates: Duration = .milliseconds(100)
    var features: Duration = .milliseconds(100)
    var ranking: Duration = .milliseconds(150)
    var explanation: Duration = .milliseconds(100)
  }

  /// The sources, in the order of provenance.
  var sources: [Source] = StandardSource.all.map { Source($0) }
  /// How their lists become one.
  var blend = BlendKind.quota
  /// Which requests show items that were drawn by chance, and where.
  var exploration = Exploration()
  /// Most candidates that are ranked.
  var candidateLimit = StandardSource.candidateLimit
  /// How many history entries retrieval and explanation see.
  var historyLimit = 500
  /// The constant of reciprocal rank fusion.
  var fusionConstant: Float = StandardSource.fusionConstant
  var budgets = Budgets()
  /// Spread where the request says nothing.
  var diversity = AdmittedRequest.Diversity(strength: 0.2, maximumPerCategory: nil)
  /// What the user acted upon longer ago than so many days may be recommended again; 0: never.
  var seenAgainAfterDays = 0
  /// Days after which an item is half as fresh.
  var freshnessHalfLifeDays = 365.0
  /// Length of the slate where the request says nothing.
  var defaultCount = 20
  /// The time of a request whose client gave none.
  var defaultDeadline: Duration = .milliseconds(200)
  /// The longest time that a client may ask for.
  var maximumDeadline: Duration = .seconds(10)
  /// Label of the ranker.
  var rankerLabel = "production"
  /// The source that yields the popular list for bad times.
  var popularSource = "trending"

  /// A short name of exactly these rules: replies that name equal versions were made by equal rules.
  var version: String {
    var hash = StableHash()
    hash.combine("\(self)")
    return String(hash.finalized(), radix: 16)
  }
}
