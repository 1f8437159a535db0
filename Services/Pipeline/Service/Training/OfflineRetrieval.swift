import LinearAlgebra
import Models
import RecommendationCore

/// Retrieves candidates from models in memory, as candidate generation does for the gateway: each source
/// its quota, seen and unavailable items left out inside the search, every source's place and raw score
/// kept.
struct OfflineRetrieval: Sendable {
  /// How many candidates a source gives, and how they are merged: the defaults of the gateway's policy.
  struct Quotas: Sendable, Equatable {
    var als = 400
    var trending = 150
    /// Places among the ranked that are a source's own while it fills them.
    var alsReserved = 300
    var trendingReserved = 50
    /// Most candidates that are ranked.
    var limit = 500
    /// Weight of trending in reciprocal rank fusion; that of als is 1.
    var trendingWeight = 0.5
    /// Of reciprocal rank fusion.
    var fusionConstant = 60.0
  }

  /// The newest acts that are folded in. The gateway's own default.
  static let historyLimit = 500

  let models: RetrievalModels
  var quotas = Quotas()
  /// Time from which items may be shown; only those that have one.
  var availableFrom: [ItemID: Int64] = [:]

  init(models: RetrievalModels, items: [Item], quotas: Quotas = Quotas()) {
    self.models = models
    self.quotas = quotas
    for item in items {
      if let time = item.availableFromMilliseconds { availableFrom[item.id] = time }
    }
  }

  /// Candidates of a user at a moment: those of `als` in its order, then those that only `trending` has;
  /// no more than the gateway would rank.
  func candidates(history: History, seen: Set<ItemID>, at time: Int64) throws -> [Candidate] {
    func mayShow(_ item: ItemID) -> Bool {
      !seen.contains(item) && (availableFrom[item] ?? .min) <= time
    }
    var found: [Candidate] = []
    var places: [ItemID: Int] = [:]
    let user = try models.als.foldIn(history)
    if !user.known.isEmpty {
      let selector = TopKSelector(capacity: quotas.als)
      for (row, score) in models.als.scores(user).enumerated()
      where score > selector.threshold && mayShow(models.als.itemIDs[row]) {
        selector.offer(score, row: Int32(truncatingIfNeeded: row))
      }
      selector.drain { row, score in
        let item = models.als.itemIDs[Int(row)]
        places[item] = found.count
        let hit = SourceHit(source: "als", rank: found.count + 1, score: score)
        found.append(Candidate(item: item, provenance: [hit], score: score))
      }
    }
    var rank = 0
    let trending = models.trending.scores
    for row in trending.ranking where rank < quotas.trending {
      let item = trending.items.ids[Int(row)]
      guard mayShow(item) else { continue }
      rank += 1
      let hit = SourceHit(source: "trending", rank: rank, score: trending.scores[Int(row)])
      if let place = places[item] {
        found[place].provenance.append(hit)
      } else {
        found.append(Candidate(item: item, provenance: [hit], score: 0))
      }
    }
    return limited(found)
  }

  /// Leaves out what the gateway's merger would: reserved places first, the rest by fused rank
  /// (Cormack, Clarke, Büttcher 2009).
  private func limited(_ candidates: [Candidate]) -> [Candidate] {
    guard candidates.count > quotas.limit else { return candidates }
    func rank(_ candidate: Candidate, _ source: String) -> Int? {
      candidate.provenance.first { $0.source == source }?.rank
    }
    let keys = candidates.map { candidate -> (isReserved: Bool, fused: Double) in
      let als = rank(candidate, "als")
      let trending = rank(candidate, "trending")
      return (
        als ?? .max <= quotas.alsReserved || trending ?? .max <= quotas.trendingReserved,
        (als.map { 1 / (quotas.fusionConstant + Double($0)) } ?? 0)
          + (trending.map { quotas.trendingWeight / (quotas.fusionConstant + Double($0)) } ?? 0)
      )
    }
    let order = candidates.indices.sorted {
      if keys[$0].isReserved != keys[$1].isReserved { return keys[$0].isReserved }
      return (keys[$1].fused, candidates[$0].item) < (keys[$0].fused, candidates[$1].item)
    }
    return order.prefix(quotas.limit).sorted().map { candidates[$0] }
  }
}
