import RPC
import StagePipeline
import Synchronization

/// The traces of this gateway's latest answers: bounded in memory and in time; the oldest goes first.
final class TraceStore: Sendable {
  /// How much is kept.
  struct Bounds: Sendable, Equatable {
    /// Most memory, in bytes; 0: no traces.
    var bytes = 64 << 20
    /// Longest time.
    var lifetime: Duration = .seconds(900)
  }

  private struct State {
    /// By a number that grows with each trace.
    var traces: [UInt64: (trace: RequestTrace, bytes: Int)] = [:]
    /// The number of the last trace of each request id.
    var numbers: [String: UInt64] = [:]
    var oldest: UInt64 = 0
    var next: UInt64 = 0
    var bytes = 0

    mutating func removeOldest() -> RequestTrace? {
      defer { oldest += 1 }
      guard let (trace, size) = traces.removeValue(forKey: oldest) else { return nil }
      bytes -= size
      if numbers[trace.requestID] == oldest { numbers[trace.requestID] = nil }
      return trace
    }
  }

  let bounds: Bounds
  private let state = Mutex(State())

  init(_ bounds: Bounds) { self.bounds = bounds }

  /// Number of traces kept, and about how many bytes they take.
  var size: (count: Int, bytes: Int) { state.withLock { ($0.traces.count, $0.bytes) } }

  /// Keeps a trace, and lets the oldest go for it where there must be room.
  ///
  /// - Complexity: O(1) amortised.
  func insert(_ trace: RequestTrace) {
    let bytes = trace.byteCount
    guard bytes <= bounds.bytes else { return }
    let expired = trace.answeredMilliseconds - lifetimeMilliseconds
    var gone: [RequestTrace] = []
    state.withLock { state in
      while let oldest = state.traces[state.oldest]?.trace,
        state.bytes + bytes > bounds.bytes || oldest.answeredMilliseconds <= expired
      {
        if let trace = state.removeOldest() { gone.append(trace) }
      }
      state.traces[state.next] = (trace, bytes)
      state.numbers[trace.requestID] = state.next
      state.next += 1
      state.bytes += bytes
    }
    // What goes is let go here, outside of the lock: it is some hundred objects.
    withExtendedLifetime(gone) {}
  }

  /// The trace of a request; of several with one id the last.
  ///
  /// - Throws: NOT_FOUND that says what is kept.
  func find(_ requestID: String, now: Int64) throws -> RequestTrace {
    let trace = state.withLock { state in
      state.numbers[requestID].flatMap { state.traces[$0]?.trace }
    }
    if let trace, trace.answeredMilliseconds > now - lifetimeMilliseconds { return trace }
    let size = size
    throw RPCError(
      .notFound,
      bounds.bytes == 0
        ? "This gateway keeps no traces: traces.memory_mib is 0."
        : "No trace of this request is kept: it is older than \(bounds.lifetime) or than the last "
          + "\(size.count) that fit into \(bounds.bytes >> 20) MiB, or another gateway answered it.",
      details: [.resourceInfo(ResourceDescription(type: "request", name: requestID))])
  }

  /// The latest traces that fulfil a condition, the newest first.
  ///
  /// - Complexity: O(traces) at worst.
  func latest(
    _ count: Int, now: Int64, where condition: (RequestTrace) -> Bool = { _ in true }
  ) -> [RequestTrace] {
    let expired = now - lifetimeMilliseconds
    return state.withLock { state in
      var found: [RequestTrace] = []
      var number = state.next
      while found.count < count, number > state.oldest {
        number -= 1
        guard let trace = state.traces[number]?.trace, trace.answeredMilliseconds > expired,
          condition(trace)
        else { continue }
        found.append(trace)
      }
      return found
    }
  }

  private var lifetimeMilliseconds: Int64 { bounds.lifetime.nanoseconds / 1_000_000 }
}
