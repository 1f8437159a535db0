import LinearAlgebra
import Models
import RecommendationCore
import ServiceContracts
import Text

/// Retrieves candidates from models in memory, as candidate generation does for the gateway: each source
/// its quota, seen and unavailable items left out inside the search, every source's place and raw score
/// kept, merged as the gateway's default policy does.
struct OfflineRetrieval: Sendable {
  /// The newest acts that are folded in. The gateway's own default.
  static let historyLimit = 500

  /// What one source found, best first.
  struct List: Sendable, Equatable {
    var items: [ItemID]
    var scores: [Float]
  }

  private(set) var models: RetrievalModels
  /// The sources that are asked; those that draw by chance are not.
  var sources = StandardSource.all.filter { !$0.isDrawn }
  /// Most candidates.
  var limit = StandardSource.candidateLimit
  private var content: OfflineContent?
  private let releases: RecentReleases?
  private let categories: [ItemID: [UInt64]]
  /// Times between which items may be shown; only those that have one.
  private var availability: [ItemID: Range<Int64>] = [:]

  init(models: RetrievalModels, items: [Item]) {
    self.models = models
    content = models.content.flatMap { OfflineContent($0, items: items) }
    categories = Dictionary(
      items.map { item in (item.id, item.categories.map { SegmentPopularity.category($0) }) }
    ) { first, _ in first }
    let released = items.compactMap { item in
      RecentReleases.release(of: item).map { time in
        RecentReleases.Release(
          item: item.id, timeMilliseconds: time,
          prior: models.segments.prior(ofCategories: item.categories))
      }
    }
    // Candidate generation's own defaults.
    releases = try? RecentReleases(released, halfLife: .seconds(365 * 86_400), limit: 2_000)
    for item in items {
      let from = item.availableFromMilliseconds ?? .min
      let until = item.availableUntilMilliseconds ?? .max
      if from != .min || until != .max { availability[item.id] = from..<max(from, until) }
    }
  }

  /// The same with histories that fade otherwise; the catalogue is not read again.
  func with(_ halfLives: HistoryHalfLives) throws -> OfflineRetrieval {
    var retrieval = self
    retrieval.models = try halfLives.applied(to: models)
    if let halfLife = halfLives.content { retrieval.content?.space.historyHalfLife = halfLife }
    return retrieval
  }

  /// What one source finds for a user at a moment; nil when it does not apply.
  func list(
    _ source: String, history: History, seen: Set<ItemID>, at time: Int64, quota: Int
  ) throws -> List? {
    func mayShow(_ item: ItemID) -> Bool {
      !seen.contains(item) && (availability[item]?.contains(time) ?? true)
    }
    func list(_ found: RankedRows, _ items: ItemRows) -> List? {
      List(items: found.rows.map { items.ids[Int($0)] }, scores: found.scores)
    }
    func neighbours(_ model: ItemNeighbours) -> List? {
      let found = model.nearest(to: history, count: quota) { mayShow(model.items.ids[$0]) }
      return found.usedEntries == 0 ? nil : list(found, model.items)
    }
    switch source {
    case "als":
      let user = try models.als.foldIn(history)
      guard !user.known.isEmpty else { return nil }
      return Self.best(models.als.scores(user), models.als.itemIDs, quota, mayShow)
    case "item-to-item": return neighbours(models.itemToItem)
    case "co-liked-session": return neighbours(models.followed)
    case "content":
      guard let content, let scores = content.scores(history) else { return nil }
      return Self.best(scores, content.items.ids, quota, mayShow)
    case "trending":
      let scores = models.trending.scores
      let rows = scores.ranking.lazy.filter { mayShow(scores.items.ids[Int($0)]) }.prefix(quota)
      return List(
        items: rows.map { scores.items.ids[Int($0)] }, scores: rows.map { scores.scores[Int($0)] })
    case "category-popular":
      let segments = SegmentChoice(context: [:], history: history, model: models.segments) {
        categories[history.items[$0]] ?? []
      }.segments
      guard !segments.isEmpty else { return nil }
      let items = models.segments.items
      return list(
        models.segments.ranked(by: segments, count: quota) { mayShow(items.ids[$0]) }, items)
    case "recent-release":
      guard let releases else { return nil }
      return list(
        releases.newest(at: time, count: quota) { mayShow(releases.items.ids[$0]) },
        releases.items)
    default:
      throw PipelineError(.missing, "the source \(source) is not known to training")
    }
  }

  /// Candidates of a user at a moment, best merged score first; no more than the gateway would rank.
  func candidates(history: History, seen: Set<ItemID>, at time: Int64) throws -> [Candidate] {
    var found: [Candidate] = []
    var isReserved: [Bool] = []
    var places: [ItemID: Int] = [:]
    for source in sources {
      guard
        let list = try list(
          source.name, history: history, seen: seen, at: time, quota: source.quota)
      else { continue }
      for (index, item) in list.items.enumerated() {
        let hit = SourceHit(source: source.name, rank: index + 1, score: list.scores[index])
        let gain = source.weight / (StandardSource.fusionConstant + Float(index + 1))
        if let place = places[item] {
          found[place].provenance.append(hit)
          found[place].score += gain
          if index < source.reserved { isReserved[place] = true }
        } else {
          places[item] = found.count
          found.append(Candidate(item: item, provenance: [hit], score: gain))
          isReserved.append(index < source.reserved)
        }
      }
    }
    func isBefore(_ left: Int, _ right: Int) -> Bool {
      (found[right].score, found[left].item) < (found[left].score, found[right].item)
    }
    var order = Array(found.indices)
    if found.count > limit {
      // Reserved places first, the rest by fused rank (Cormack, Clarke, Büttcher 2009).
      order.sort { isReserved[$0] == isReserved[$1] ? isBefore($0, $1) : isReserved[$0] }
      order.removeLast(order.count - limit)
    }
    return order.sorted(by: isBefore).map { found[$0] }
  }

  private static func best(
    _ scores: [Float], _ ids: [ItemID], _ quota: Int, _ mayShow: (ItemID) -> Bool
  ) -> List {
    let selector = TopKSelector(capacity: quota)
    for (row, score) in scores.enumerated() where score >= selector.threshold && mayShow(ids[row]) {
      selector.offer(score, row: Int32(truncatingIfNeeded: row))
    }
    let best = selector.drained()
    return List(items: best.rows.map { ids[Int($0)] }, scores: best.scores)
  }
}
