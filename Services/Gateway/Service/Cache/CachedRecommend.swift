import Catalogue
import CoreMetrics
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import StagePipeline

/// Answers Recommend from slates that were made before, where they are still true, and by making one otherwise.
///
/// A slate is true while the user's state has the version that it was made from. That version is asked for with every
/// hit, so an event that was acknowledged by any gateway is in the next slate of every gateway. The question is a
/// light GetUser; a request that finds nothing remembered does not ask it.
struct CachedRecommend: Sendable {
  let handler: RecommendHandler
  /// Nil: every slate is made anew.
  let cache: SlateCache?
  let features: FeatureClient
  let policy: Policy

  func recommend(
    _ message: Recsys_Gateway_V1_RecommendRequest, _ context: ServerContext
  ) async throws -> Recsys_Gateway_V1_RecommendResponse {
    guard let cache else { return try await handler.recommend(message, context) }
    guard let key = CacheKey(message) else {
      cache.metrics.bypassed.increment()
      return try await handler.recommend(message, context)
    }
    let start = ContinuousClock.now
    let deadline = try RequestDeadline.of(context, policy: policy)
    try Self.check(message)
    if let found = try await remembered(key, cache, deadline) {
      return answer(found, to: message, since: start)
    }
    if case .waited = await cache.flights.join(key, until: deadline) {
      try Task.checkCancellation()
      if let found = try await remembered(key, cache, deadline) {
        cache.metrics.joined.increment()
        return answer(found, to: message, since: start)
      }
      return try await make(message, key, cache, context)
    }
    defer { cache.flights.end(key) }
    return try await make(message, key, cache, context)
  }

  /// What may differ between requests of one key must be checked with each of them.
  private static func check(_ message: Recsys_Gateway_V1_RecommendRequest) throws {
    try FieldChecks.collect {
      _ = $0.text(message.requestID, "request_id", limit: Limits.requestIDBytes)
    }
  }

  // MARK: From before

  private func remembered(
    _ key: CacheKey, _ cache: SlateCache, _ deadline: ContinuousClock.Instant
  ) async throws -> CachedSlate? {
    let now = handler.clock.nowMilliseconds
    var state: (identity: UInt64, version: UInt64)?
    if let slate = cache.find(key, now: now) {
      state = try await currentState(key, deadline)
      if Self.isTrue(slate, state) {
        cache.metrics.hit.increment()
        return slate
      }
      cache.metrics.stale.increment()
    }
    guard let slate = await cache.findShared(key, now: now) else { return nil }
    if state == nil { state = try await currentState(key, deadline) }
    guard Self.isTrue(slate, state) else { return nil }
    cache.adopt(slate, for: key)
    cache.metrics.sharedHit.increment()
    return slate
  }

  private static func isTrue(_ slate: CachedSlate, _ state: (identity: UInt64, version: UInt64)?)
    -> Bool
  {
    guard let state else { return false }
    return slate.conditions.storeIdentity == state.identity
      && slate.conditions.userVersion == state.version
  }

  /// The user's state as it stands; nil where it cannot be had: then the slate is made anew, and degraded.
  private func currentState(_ key: CacheKey, _ deadline: ContinuousClock.Instant) async throws
    -> (identity: UInt64, version: UInt64)?
  {
    guard key.hasState else { return (0, 0) }
    var request = Recsys_Features_V1_GetUserRequest()
    request.userKey = key.userKey
    request.sessionKey = key.sessionKey
    request.historyLimit = 1
    request.features = Self.noFeatures
    let timeout = min(policy.budgets.user, deadline - .now)
    do {
      let user = try await features.getUser(request, options: CallOptions(timeout: timeout))
      return (user.storeIdentity, user.stateVersion)
    } catch is RPCError {
      try Task.checkCancellation()
      return nil
    }
  }

  private static let noFeatures = FeatureSet([]).proto

  private func answer(
    _ slate: CachedSlate, to message: Recsys_Gateway_V1_RecommendRequest,
    since start: ContinuousClock.Instant
  ) -> Recsys_Gateway_V1_RecommendResponse {
    let now = handler.clock.nowMilliseconds
    var answer = slate.answer(
      requestID: message.requestID.isEmpty ? RequestID.make() : message.requestID, now: now)
    var timing = Recsys_Gateway_V1_StageTiming()
    timing.stage = "cache"
    timing.tookUs = UInt32(clamping: (ContinuousClock.now - start).nanoseconds / 1_000)
    timing.countOut = UInt32(clamping: answer.items.count)
    answer.stageTimings = [timing]
    handler.metrics.count(answer)
    handler.traces.insert(
      CachedAnswer(
        requestID: answer.requestID, originID: slate.reply.requestID, answeredMilliseconds: now))
    return answer
  }

  // MARK: Anew

  private func make(
    _ message: Recsys_Gateway_V1_RecommendRequest, _ key: CacheKey, _ cache: SlateCache,
    _ context: ServerContext
  ) async throws -> Recsys_Gateway_V1_RecommendResponse {
    cache.metrics.miss.increment()
    let now = handler.clock.nowMilliseconds
    let surroundings = cache.currentSurroundings
    let areSettled = cache.areSettled(surroundings, now: now)
    let made = try await handler.make(message, context)
    cache.note(made.reply.versions)
    let isKnown = !key.hasState || made.storeIdentity != 0
    guard made.reply.degraded.isEmpty, isKnown, !made.reply.items.isEmpty,
      // Items put in by chance: each draw is to be its own.
      made.reply.items.allSatisfy({ $0.propensity == 0 }),
      areSettled, surroundings == cache.currentSurroundings
    else {
      cache.metrics.unkept.increment()
      return made.reply
    }
    cache.insert(
      made.reply, for: key,
      conditions: CachedSlate.Conditions(
        storeIdentity: key.hasState ? made.storeIdentity : 0,
        userVersion: key.hasState ? made.userVersion : 0, surroundings: surroundings),
      now: now, validUntil: made.validUntilMilliseconds)
    return made.reply
  }
}

/// A slate that was made for a request just now, and what of its making the cache must know.
struct MadeSlate: Sendable {
  var reply: Recsys_Gateway_V1_RecommendResponse
  /// Who counted the user's state version (0: the user could not be had), and the version.
  var storeIdentity: UInt64
  var userVersion: UInt64
  /// Unix time in milliseconds after which an item of it may not be shown.
  var validUntilMilliseconds: Int64
}
