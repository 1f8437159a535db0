import RecommendationCore
import StagePipeline
import Synchronization

/// First pages sent of late, with their ranking: what new rules are tried on. Bounded; the oldest goes first.
final class RecentSlates: SideEffect, Sendable {
  /// A slate as it was made and sent.
  struct Entry: Sendable {
    var query: RecommendQuery
    let ranked: [SlateCandidate]
    let slate: [ItemID]
  }

  private struct State {
    var entries: [Entry] = []
    var next = 0
  }

  private let capacity: Int
  private let state = Mutex(State())

  /// - Parameter capacity: how many to keep; 0: none.
  init(capacity: Int) { self.capacity = capacity }

  /// Those that are kept, in no order.
  var entries: [Entry] { state.withLock { $0.entries } }

  func isEnabled(for query: RecommendQuery) -> Bool { capacity > 0 }

  func run(_ result: PipelineResult<RecommendQuery, SlateCandidate>) async throws {
    var query = result.query
    // What only ranking and explaining needed is not kept.
    query.itemFeatures = nil
    query.reasons = []
    query.retrieved = []
    let entry = Entry(query: query, ranked: result.ranked, slate: result.slate.map(\.id))
    let old = state.withLock { state -> Entry? in
      guard state.entries.count == capacity else {
        state.entries.append(entry)
        return nil
      }
      let old = state.entries[state.next]
      state.entries[state.next] = entry
      state.next = (state.next + 1) % capacity
      return old
    }
    withExtendedLifetime(old) {}
  }
}
