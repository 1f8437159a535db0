import Synchronization

/// Slates in this process's memory, bounded by their bytes; the least used go first.
///
/// Sixteen parts with a lock each. A part has two generations: what is used moves into the young one; when that is
/// full the old one goes and the young one grows old. O(1), and close to least-recently-used.
final class SlateMemory: Sendable {
  private struct Part {
    var young: [CacheKey: CachedSlate] = [:]
    var old: [CacheKey: CachedSlate] = [:]
    var youngBytes = 0
    var oldBytes = 0
  }

  /// A lock and what it guards, at a place of its own.
  private final class Shard: Sendable {
    let part = Mutex(Part())
  }

  private let shards: [Shard]
  private let generationBytes: Int

  /// - Parameter bytes: for all of it; slates count by an estimate.
  init(bytes: Int) {
    shards = (0..<16).map { _ in Shard() }
    generationBytes = max(bytes / 16 / 2, 1)
  }

  /// The slate of a request, if it is here and its time is not over.
  func find(_ key: CacheKey, now: Int64) -> CachedSlate? {
    // What is let go is let go outside of the lock.
    var freed: [CacheKey: CachedSlate] = [:]
    defer { withExtendedLifetime(freed) {} }
    return shard(key).part.withLock { part in
      if let slate = part.young[key] { return slate.expiresMilliseconds > now ? slate : nil }
      guard let slate = part.old.removeValue(forKey: key) else { return nil }
      part.oldBytes -= slate.byteEstimate
      guard slate.expiresMilliseconds > now else { return nil }
      put(slate, key, &part, &freed)
      return slate
    }
  }

  /// Keeps a slate in the place of an earlier one for the same request.
  func insert(_ slate: CachedSlate, for key: CacheKey) {
    guard slate.byteEstimate <= generationBytes else { return }
    var freed: [CacheKey: CachedSlate] = [:]
    defer { withExtendedLifetime(freed) {} }
    shard(key).part.withLock { part in
      if let old = part.old.removeValue(forKey: key) { part.oldBytes -= old.byteEstimate }
      put(slate, key, &part, &freed)
    }
  }

  /// Slates and their estimated bytes.
  var size: (slates: Int, bytes: Int) {
    shards.reduce((0, 0)) { sum, shard in
      shard.part.withLock { part in
        (sum.0 + part.young.count + part.old.count, sum.1 + part.youngBytes + part.oldBytes)
      }
    }
  }

  private func shard(_ key: CacheKey) -> Shard { shards[Int(key.hash >> 60)] }

  private func put(
    _ slate: CachedSlate, _ key: CacheKey, _ part: inout Part,
    _ freed: inout [CacheKey: CachedSlate]
  ) {
    let bytes = slate.byteEstimate
    if part.youngBytes + bytes > generationBytes {
      freed = part.old
      (part.old, part.oldBytes) = (part.young, part.youngBytes)
      (part.young, part.youngBytes) = ([:], 0)
    }
    if let before = part.young.updateValue(slate, forKey: key) {
      part.youngBytes -= before.byteEstimate
    }
    part.youngBytes += bytes
  }
}
