import Catalogue
import CoreMetrics
import RecommendationCore
import RecommendationProtos
import StagePipeline
import Synchronization

/// Slates that were made, in memory and in Redis behind it, and what they must agree with to be given out again.
final class SlateCache: Sendable {
  /// Components of a reply that change from user to user, or that the surroundings say already.
  private static let ownComponents: Set<String> = ["feature-state", "policy", "catalogue"]

  /// The services behind hear of a change of the catalogue within this.
  private static let settlingMilliseconds: Int64 = 1_000

  /// Surroundings, and the moment when a slate was first made in them (Unix time in milliseconds).
  private struct Seen {
    var surroundings: UInt64
    var since: Int64
  }

  let flights = SlateFlights()
  let metrics: CacheMetrics
  private let memory: SlateMemory
  private let shared: SharedSlates?
  private let lifetime: Int64
  private let surroundings: @Sendable () -> UInt64
  private let seen = Mutex<Seen?>(nil)
  /// By component: the version that answered last.
  private let latest = Mutex<[String: String]>([:])

  /// - Parameter surroundings: policy, rules, ranker and catalogue as they stand, as one number.
  init(
    bytes: Int, lifetime: Duration, shared: SharedSlates?, metrics: CacheMetrics,
    surroundings: @escaping @Sendable () -> UInt64
  ) {
    memory = SlateMemory(bytes: bytes)
    self.lifetime = lifetime.nanoseconds / 1_000_000
    self.shared = shared
    self.metrics = metrics
    self.surroundings = surroundings
  }

  /// Policy, rules, ranker and catalogue as they stand, as one number.
  var currentSurroundings: UInt64 { surroundings() }

  /// Whether surroundings have stood for a while: just after a change the services behind may not have heard of it
  /// yet, and a slate that was made from what they answer would lack a new item for as long as it is kept.
  func areSettled(_ surroundings: UInt64, now: Int64) -> Bool {
    seen.withLock { seen in
      guard let last = seen else {
        // What stood at the start is no change.
        seen = Seen(surroundings: surroundings, since: .min)
        return true
      }
      if last.surroundings != surroundings {
        seen = Seen(surroundings: surroundings, since: now)
        return false
      }
      return last.since == .min || now - last.since >= Self.settlingMilliseconds
    }
  }

  /// A slate that agrees with everything but, perhaps, the user's state.
  func find(_ key: CacheKey, now: Int64) -> CachedSlate? {
    guard let slate = memory.find(key, now: now), agrees(slate) else { return nil }
    return slate
  }

  /// The same, from Redis. It is not put into memory before it has proved true.
  func findShared(_ key: CacheKey, now: Int64) async -> CachedSlate? {
    guard let slate = await shared?.find(key), slate.expiresMilliseconds > now, agrees(slate)
    else { return nil }
    return slate
  }

  /// Takes a slate from Redis into memory.
  func adopt(_ slate: CachedSlate, for key: CacheKey) { memory.insert(slate, for: key) }

  /// Notes which versions answer now; slates of others are not given out any more.
  func note(_ versions: [Recsys_Common_V1_ComponentVersion]) {
    latest.withLock { latest in
      for version in versions where !Self.ownComponents.contains(version.component) {
        if latest[version.component] != version.version {
          latest[version.component] = version.version
        }
      }
    }
  }

  /// Keeps a slate that was made for a request, in memory at once and in Redis a little later.
  ///
  /// - Parameter validUntil: Unix time in milliseconds after which an item of it may not be shown.
  func insert(
    _ reply: Recsys_Gateway_V1_RecommendResponse, for key: CacheKey,
    conditions: CachedSlate.Conditions, now: Int64, validUntil: Int64
  ) {
    let expires = min(now + lifetime, validUntil)
    guard expires > now else { return }
    let slate = CachedSlate(reply: reply, conditions: conditions, expiresMilliseconds: expires)
    memory.insert(slate, for: key)
    guard let shared else { return }
    Task.detached(priority: .utility) {
      await shared.insert(slate, for: key, lifetime: .milliseconds(expires - now))
    }
  }

  /// Sets the gauges.
  func report() {
    let size = memory.size
    metrics.slates.set(size.slates)
    metrics.bytes.set(size.bytes)
  }

  private func agrees(_ slate: CachedSlate) -> Bool {
    guard slate.conditions.surroundings == surroundings() else { return false }
    return latest.withLock { latest in
      slate.reply.versions.allSatisfy { version in
        Self.ownComponents.contains(version.component)
          || latest[version.component].map { $0 == version.version } ?? true
      }
    }
  }
}
