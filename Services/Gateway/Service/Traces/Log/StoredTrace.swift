import BusinessRules
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import StagePipeline
import SwiftProtobuf

/// A trace as a message. What the gateway can make again is left out: it keeps what was asked, what other services
/// answered, and what was sent.
extension Recsys_Gateway_Storage_V1_Trace {
  /// - Complexity: O(candidates); some ten thousand bytes.
  init(_ trace: RequestTrace) {
    self.init()
    let (initial, result) = (trace.initial, trace.result)
    request = initial.request.message
    response = trace.reply
    // A request for a moment of its own choosing does not say when it came.
    arrivedMs =
      initial.request.context.timeMilliseconds == nil
      ? initial.request.now : trace.answeredMilliseconds
    answeredMs = trace.answeredMilliseconds
    width = initial.width
    policyVersion = trace.policyVersion
    if let rules = initial.rules { self.rules = rules.matcher.book.proto }
    if let page = initial.page { self.page = Recsys_Gateway_Storage_V1_Page(page) }
    user = Recsys_Gateway_Storage_V1_UserState(result.query.user)
    found = result.query.retrieved.map { list in
      .with {
        $0.source = list.source
        $0.version = list.version
        $0.itemKeys = list.items
        $0.scores = list.scores
        $0.propensities = list.propensities
      }
    }
    scoredItemKeys = result.query.scoredItems
    scores = result.query.scores
    let popular = result.ranked.filter { !$0.popularity.isNaN }
    popularityItemKeys = popular.map(\.id.rawValue)
    popularity = popular.map(\.popularity)
    slateItemKeys = result.slate.map(\.id.rawValue)
    reasons = result.query.reasons
    degraded = result.degradations.map { Recsys_Gateway_V1_Degradation($0) }
    versions = result.query.versions.map(\.proto)
  }
}

extension Recsys_Gateway_Storage_V1_UserState {
  fileprivate init(_ user: UserState) {
    self.init()
    if let features = user.features { self.features = features }
    history = user.history
    seenItemKeys = user.seen
    version = user.version
    storeIdentity = user.storeIdentity
    featuresWereRefused = user.featuresWereRefused
  }
}

extension UserState {
  fileprivate init(_ stored: Recsys_Gateway_Storage_V1_UserState) {
    self.init(
      features: stored.hasFeatures ? stored.features : nil, history: stored.history,
      seen: stored.seenItemKeys, version: stored.version, storeIdentity: stored.storeIdentity,
      featuresWereRefused: stored.featuresWereRefused)
  }
}

extension Recsys_Gateway_Storage_V1_Page {
  fileprivate init(_ page: SlateSnapshot) {
    self.init()
    ranked.itemKeys = page.ranked.map(\.id.rawValue)
    ranked.scores = page.ranked.map(\.score)
    ranked.firstHits = page.ranked.map { UInt32(clamping: $0.firstHit) }
    ranked.hitCounts = page.ranked.map { UInt32(clamping: $0.hitCount) }
    if page.ranked.contains(where: { !$0.popularity.isNaN }) {
      ranked.popularity = page.ranked.map(\.popularity)
    }
    hits.sources = page.provenance.sources
    hits.hitSources = page.provenance.hits.map { UInt32($0.source) }
    hits.hitRanks = page.provenance.hits.map { UInt32(clamping: $0.rank) }
    hits.hitScores = page.provenance.hits.map(\.score)
    hits.drawnItemKeys = page.provenance.drawn.map(\.item.rawValue)
    hits.drawnPropensities = page.provenance.drawn.map(\.propensity)
    user = Recsys_Gateway_Storage_V1_UserState(page.user)
    versions = page.versions.map(\.proto)
    degraded = page.degradations.map { Recsys_Gateway_V1_Degradation($0) }
    requestFingerprint = page.requestFingerprint
    expiresMs = page.expiresMilliseconds
  }
}

extension SlateSnapshot {
  /// - Throws: ``GatewayError`` for columns of unequal length.
  fileprivate convenience init(_ stored: Recsys_Gateway_Storage_V1_Page) throws {
    let (ranked, hits) = (stored.ranked, stored.hits)
    let (count, hitCount) = (ranked.itemKeys.count, hits.hitSources.count)
    guard
      [ranked.scores.count, ranked.firstHits.count, ranked.hitCounts.count].allSatisfy({
        $0 == count
      }), ranked.popularity.isEmpty || ranked.popularity.count == count,
      hits.hitRanks.count == hitCount, hits.hitScores.count == hitCount,
      hits.drawnItemKeys.count == hits.drawnPropensities.count,
      hits.hitSources.allSatisfy({ $0 < hits.sources.count }),
      zip(ranked.firstHits, ranked.hitCounts).allSatisfy({ Int($0) + Int($1) <= hitCount })
    else { throw GatewayError(.malformedAnswer, "a stored page whose columns do not fit") }
    var provenance = Provenance()
    provenance.sources = hits.sources
    provenance.hits = (0..<hitCount).map {
      Provenance.Hit(
        source: UInt16(clamping: hits.hitSources[$0]), rank: Int32(clamping: hits.hitRanks[$0]),
        score: hits.hitScores[$0])
    }
    provenance.drawn = zip(hits.drawnItemKeys, hits.drawnPropensities).map {
      Provenance.Drawn(item: ItemID(rawValue: $0), propensity: $1)
    }
    self.init(
      requestFingerprint: stored.requestFingerprint, expiresMilliseconds: stored.expiresMs,
      ranked: (0..<count).map {
        SlateCandidate(
          id: ItemID(rawValue: ranked.itemKeys[$0]), score: ranked.scores[$0],
          firstHit: Int32(clamping: ranked.firstHits[$0]),
          hitCount: Int32(clamping: ranked.hitCounts[$0]),
          popularity: ranked.popularity.isEmpty ? .nan : ranked.popularity[$0])
      }, provenance: provenance, user: UserState(stored.user),
      versions: stored.versions.map { ComponentVersion(proto: $0) },
      degradations: stored.degraded.map { Degradation($0) })
  }
}

extension RecommendQuery {
  /// Takes what a stored trace has: the page that the request went on from.
  mutating func takePage(of stored: Recsys_Gateway_Storage_V1_Trace) throws {
    page = stored.hasPage ? try SlateSnapshot(stored.page) : nil
  }
}

extension PipelineResult where Query == RecommendQuery, Candidate == SlateCandidate {
  /// As much of a run's result as a playback looks at.
  ///
  /// - Throws: ``GatewayError`` for columns of unequal length.
  init(playing stored: Recsys_Gateway_Storage_V1_Trace, of initial: RecommendQuery) throws {
    guard stored.scoredItemKeys.count == stored.scores.count,
      stored.popularityItemKeys.count == stored.popularity.count,
      stored.found.allSatisfy({ list in
        list.itemKeys.count == list.scores.count
          && (list.propensities.isEmpty || list.propensities.count == list.itemKeys.count)
      })
    else { throw GatewayError(.malformedAnswer, "a stored trace whose columns do not fit") }
    var query = initial
    query.user = UserState(stored.user)
    query.retrieved = stored.found.map {
      RetrievedList(
        source: $0.source, version: $0.version, items: $0.itemKeys, scores: $0.scores,
        propensities: $0.propensities)
    }
    query.scoredItems = stored.scoredItemKeys
    query.scores = stored.scores
    query.reasons = stored.reasons
    query.versions = stored.versions.map { ComponentVersion(proto: $0) }
    func candidate(_ key: UInt64, _ popularity: Float = .nan) -> SlateCandidate {
      SlateCandidate(
        id: ItemID(rawValue: key), score: .nan, firstHit: 0, hitCount: 0, popularity: popularity)
    }
    self.init(
      query: query, slate: stored.slateItemKeys.map { candidate($0) },
      ranked: zip(stored.popularityItemKeys, stored.popularity).map { candidate($0, $1) },
      removed: [], timings: [], degradations: stored.degraded.map { Degradation($0) })
  }
}

extension Degradation {
  fileprivate init(_ message: Recsys_Gateway_V1_Degradation) {
    self.init(
      component: message.component, reason: FailureReason(rawValue: message.reason),
      fallback: message.fallback, budget: .milliseconds(Int64(message.budgetMs)))
  }
}
