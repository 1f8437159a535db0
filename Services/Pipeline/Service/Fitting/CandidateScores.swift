import Datasets
import Recommenders
import Synchronization

/// The scores of listed pairs of a user and an item.
struct CandidateScores {
  /// In the order of the pairs; all finite.
  let values: [Float]

  /// Scores pairs.
  ///
  /// - Parameter itemCount: items from this row on are unknown to the model: they stand below all others.
  init(
    of pairs: FeedbackReader.Acts, by model: any FittedRecommender, asked: AskedHistories,
    itemCount: Int, threads: Int?
  ) throws {
    var places: [Int: [Int]] = [:]
    for (place, user) in pairs.users.enumerated() { places[Int(user), default: []].append(place) }
    let placesOfUser = places
    let found = Mutex([Float](repeating: 0, count: pairs.users.count))
    try ScoredBlocks.forEach(
      model, asked: asked, itemCount: itemCount, users: Array(placesOfUser.keys), threads: threads
    ) { user, scores in
      var lowest = Float.infinity
      for score in scores where score.isFinite { lowest = min(lowest, score) }
      // Well below, whatever the scale of the scores.
      let unknown = lowest.isFinite ? lowest - max(1, abs(lowest)) : 0
      let own = placesOfUser[user] ?? []
      let values = own.map { place -> Float in
        let item = Int(pairs.items[place])
        return item < itemCount && scores[item].isFinite ? scores[item] : unknown
      }
      found.withLock { found in
        for (place, value) in zip(own, values) { found[place] = value }
      }
    }
    values = found.withLock { $0 }
  }
}
