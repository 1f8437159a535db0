import RPC
import StagePipeline
import Synchronization

/// The traces of this gateway's latest answers: bounded in memory and in time; the oldest goes first.
///
/// An answer from the cache leaves only a note of the request that its slate was made for, and keeps that one's trace
/// from going for as long again.
final class TraceStore: Sendable {
  /// How much is kept.
  struct Bounds: Sendable, Equatable {
    /// Most memory, in bytes; 0: no traces.
    var bytes = 64 << 20
    /// Longest time.
    var lifetime: Duration = .seconds(900)
  }

  private enum Content {
    case made(RequestTrace)
    case cached(CachedAnswer)

    var requestID: String {
      switch self {
      case .made(let trace): trace.requestID
      case .cached(let answer): answer.requestID
      }
    }
  }

  private struct Entry {
    let content: Content
    let bytes: Int
    /// When it came, or was last given out again, Unix time in milliseconds.
    let since: Int64
  }

  private struct State {
    /// By a number that grows with each entry; there are gaps where one got a new number.
    var entries: [UInt64: Entry] = [:]
    /// The number of the last entry of each request id.
    var numbers: [String: UInt64] = [:]
    var oldest: UInt64 = 0
    var next: UInt64 = 0
    var bytes = 0

    mutating func removeOldest() -> Entry? {
      defer { oldest += 1 }
      guard let entry = entries.removeValue(forKey: oldest) else { return nil }
      bytes -= entry.bytes
      let id = entry.content.requestID
      if numbers[id] == oldest { numbers[id] = nil }
      return entry
    }

    mutating func append(_ entry: Entry) {
      entries[next] = entry
      numbers[entry.content.requestID] = next
      next += 1
      bytes += entry.bytes
    }

    func entry(_ requestID: String) -> Entry? { numbers[requestID].flatMap { entries[$0] } }
  }

  let bounds: Bounds
  private let state = Mutex(State())

  init(_ bounds: Bounds) { self.bounds = bounds }

  /// Number of traces kept, notes of cached answers included, and about how many bytes they take.
  var size: (count: Int, bytes: Int) { state.withLock { ($0.entries.count, $0.bytes) } }

  /// Keeps a trace, and lets the oldest go for it where there must be room.
  ///
  /// - Complexity: O(1) amortised.
  func insert(_ trace: RequestTrace) {
    insert(
      Entry(
        content: .made(trace), bytes: trace.byteCount, since: trace.answeredMilliseconds))
  }

  /// Notes an answer from the cache. The trace of the request that its slate was made for becomes the newest.
  ///
  /// - Complexity: O(1) amortised.
  func insert(_ answer: CachedAnswer) {
    insert(
      Entry(
        content: .cached(answer), bytes: CachedAnswer.byteCount,
        since: answer.answeredMilliseconds),
      renewing: answer.originID)
  }

  private func insert(_ entry: Entry, renewing origin: String? = nil) {
    guard entry.bytes <= bounds.bytes else { return }
    let expired = entry.since - lifetimeMilliseconds
    var gone: [Entry] = []
    state.withLock { state in
      if let origin, let number = state.numbers[origin],
        let kept = state.entries.removeValue(forKey: number)
      {
        state.bytes -= kept.bytes
        state.append(Entry(content: kept.content, bytes: kept.bytes, since: entry.since))
      }
      while state.oldest < state.next {
        if let oldest = state.entries[state.oldest] {
          guard state.bytes + entry.bytes > bounds.bytes || oldest.since <= expired else { break }
        }
        if let entry = state.removeOldest() { gone.append(entry) }
      }
      state.append(entry)
    }
    // What goes is let go here, outside of the lock: it is some hundred objects.
    withExtendedLifetime(gone) {}
  }

  /// The trace of a request's answer; of several with one id the last.
  ///
  /// - Throws: NOT_FOUND that says what is kept.
  func find(_ requestID: String, now: Int64) throws -> FoundTrace {
    let (entry, origin) = state.withLock { state in
      let entry = state.entry(requestID)
      guard case .cached(let answer)? = entry?.content else { return (entry, Entry?.none) }
      return (entry, state.entry(answer.originID))
    }
    guard let entry, isFresh(entry, now) else { throw missing(requestID) }
    switch entry.content {
    case .made(let trace): return FoundTrace(trace: trace)
    case .cached(let answer):
      guard let origin, isFresh(origin, now), case .made(let trace) = origin.content else {
        throw missing(requestID, cached: answer)
      }
      return FoundTrace(trace: trace, cached: answer)
    }
  }

  /// NOT_FOUND for a request.
  ///
  /// - Parameter cached: the note of its answer, where it came from the cache.
  func missing(_ requestID: String, cached: CachedAnswer? = nil) -> RPCError {
    let size = size
    let kept =
      bounds.bytes == 0
      ? "this gateway keeps no traces in memory: traces.memory_mib is 0"
      : "it is older than \(bounds.lifetime) or than the last \(size.count) that fit into "
        + "\(bounds.bytes >> 20) MiB, or another gateway answered it"
    let message =
      if let cached {
        "The answer came from the cache; its slate was made for the request \(cached.originID), "
          + "of which no trace is kept: \(kept)."
      } else {
        "No trace of this request is kept: \(kept)."
      }
    return RPCError(
      .notFound, message,
      details: [.resourceInfo(ResourceDescription(type: "request", name: requestID))])
  }

  /// The latest traces that fulfil a condition, the newest first; those whose slate was given out again count as new.
  ///
  /// - Complexity: O(traces) at worst.
  func latest(
    _ count: Int, now: Int64, where condition: (RequestTrace) -> Bool = { _ in true }
  ) -> [RequestTrace] {
    state.withLock { state in
      var found: [RequestTrace] = []
      var number = state.next
      while found.count < count, number > state.oldest {
        number -= 1
        guard let entry = state.entries[number], case .made(let trace) = entry.content,
          isFresh(entry, now), condition(trace)
        else { continue }
        found.append(trace)
      }
      return found
    }
  }

  private func isFresh(_ entry: Entry, _ now: Int64) -> Bool {
    entry.since > now - lifetimeMilliseconds
  }

  private var lifetimeMilliseconds: Int64 { bounds.lifetime.nanoseconds / 1_000_000 }
}
