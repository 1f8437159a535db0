import Synchronization

/// Counts slates that were not whole.
public final class SlateQuality: Sendable {
  /// What was counted.
  public struct Counts: Sendable, Codable, Hashable {
    /// Slates.
    public var slates = 0
    /// Slates that came degraded.
    public var degradedSlates = 0
    /// Slates that came degraded, by component and reason.
    public var degraded: [String: Int] = [:]
    /// Slates without an item.
    public var empty = 0
    /// Slates with fewer items than were asked for.
    public var underfilled = 0
    /// Slates that came from the gateway's cache.
    public var fromCache = 0

    /// Share of the slates that came degraded.
    public var degradedShare: Double { share(degradedSlates) }
    /// Share of the slates that came from the cache.
    public var cachedShare: Double { share(fromCache) }

    private func share(_ count: Int) -> Double { Double(count) / Double(max(slates, 1)) }
  }

  private let state = Mutex(Counts())

  /// Counts a slate.
  func count(_ slate: SlateSummary) {
    state.withLock { state in
      state.slates += 1
      if slate.itemIDs.isEmpty { state.empty += 1 }
      if slate.isUnderfilled { state.underfilled += 1 }
      if slate.isFromCache { state.fromCache += 1 }
      if !slate.degraded.isEmpty { state.degradedSlates += 1 }
      for entry in slate.degraded { state.degraded[entry, default: 0] += 1 }
    }
  }

  var counts: Counts { state.withLock { $0 } }
}
