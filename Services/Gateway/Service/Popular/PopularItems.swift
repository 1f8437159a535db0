import Catalogue
import Logging
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Synchronization

/// Popular items in the gateway's own memory, for when Candidates cannot be reached.
///
/// Refreshed in the background from a source that needs no user. Until that has succeeded once, what good slates
/// showed stands in for it, and before the first slate the newest items of the catalogue.
final class PopularItems: Sendable {
  private struct State {
    var refreshed: [ItemID] = []
    /// What another gateway, or this one in an earlier life, left in Redis.
    var borrowed: [ItemID] = []
    var observed: [ItemID] = []
    /// Newest items, and the catalogue's state that they were taken from.
    var newest: (sequence: UInt64, items: [ItemID])?
  }

  private let client: CandidateClient?
  private let source: String
  private let count: Int
  private let shared: SharedSlates?
  private let logger: Logger
  private let state = Mutex(State())

  /// - Parameter shared: where lists are left for gateways that start while Candidates is away.
  init(
    client: CandidateClient?, source: String, count: Int, shared: SharedSlates? = nil,
    logger: Logger
  ) {
    self.shared = shared
    self.client = client
    self.source = source
    self.count = count
    self.logger = logger
  }

  /// Whether the background refresh has succeeded.
  var isRefreshed: Bool { state.withLock { !$0.refreshed.isEmpty } }

  /// The best list that there is.
  func items(in catalogue: CatalogueSnapshot) -> [ItemID] {
    let known = state.withLock { state in
      [state.refreshed, state.borrowed, state.observed].first { !$0.isEmpty } ?? []
    }
    return known.isEmpty ? newest(in: catalogue) : known
  }

  /// Notes what a good slate showed: the latest first, each once.
  func observe(_ items: [ItemID]) {
    state.withLock { state in
      let known = Set(items)
      state.observed = Array((items + state.observed.filter { !known.contains($0) }).prefix(count))
    }
  }

  /// Asks Candidates for the list; where that fails, and there is none yet, Redis.
  func refresh(timeout: Duration) async throws {
    do {
      try await ask(timeout: timeout)
    } catch {
      if !isRefreshed { await borrow() }
      throw error
    }
  }

  private func borrow() async {
    do {
      guard let keys = try await shared?.popular(source: source) else { return }
      state.withLock { $0.borrowed = keys.map { ItemID(rawValue: $0) } }
      logger.info("popular items taken from Redis", metadata: ["items": "\(keys.count)"])
    } catch {
      logger.debug("no popular items in Redis", metadata: ["error": "\(error)"])
    }
  }

  private func ask(timeout: Duration) async throws {
    guard let client else { return }
    var request = Recsys_Candidates_V1_RetrieveRequest()
    var wanted = Recsys_Candidates_V1_SourceRequest()
    wanted.source = source
    wanted.quota = UInt32(clamping: count)
    request.sources = [wanted]
    let response = try await client.retrieve(request, options: CallOptions(timeout: timeout))
    guard let keys = response.results.first?.itemKeys, !keys.isEmpty else {
      throw GatewayError(.malformedAnswer, "the source \(source) has no popular items")
    }
    state.withLock { $0.refreshed = keys.map { ItemID(rawValue: $0) } }
    do {
      try await shared?.savePopular(keys, source: source)
    } catch {
      logger.debug("popular items were not left in Redis", metadata: ["error": "\(error)"])
    }
  }

  /// Refreshes until cancelled: often while there is no list.
  func run(every interval: Duration, whileMissing retry: Duration) async {
    while !Task.isCancelled {
      do {
        try await refresh(timeout: .seconds(1))
      } catch {
        logger.debug("cannot refresh popular items", metadata: ["error": "\(error)"])
      }
      try? await Task.sleep(for: isRefreshed ? interval : retry)
    }
  }

  private func newest(in catalogue: CatalogueSnapshot) -> [ItemID] {
    if let newest = state.withLock({ $0.newest }), newest.sequence == catalogue.sequence {
      return newest.items
    }
    var items: [(year: Int32, id: ItemID)] = []
    catalogue.forEach { _, item in items.append((item.year ?? .min, item.id)) }
    items.sort { ($1.year, $0.id) < ($0.year, $1.id) }
    let best = items.prefix(count).map(\.id)
    state.withLock { $0.newest = (catalogue.sequence, best) }
    return best
  }
}
