import Datasets
import Models
import RecommendationCore
import Text

/// How fast each model lets a history fade: whose taste moves is served by the newest acts, whose does not by
/// all of them. Chosen by what came next within the training part; no test part is looked at.
struct HistoryHalfLives: Sendable, Equatable {
  /// What is tried, in entries.
  static let tried: [Float] = [2, 5, 12, 30]
  /// Users that are asked.
  static let sampleSize = 600

  var als: Float?
  var itemToItem: Float?
  var followed: Float?
  var content: Float?

  /// Models that let histories fade like this.
  func applied(to models: RetrievalModels) throws -> RetrievalModels {
    var models = models
    if let als { models.als = try models.als.withHistoryHalfLife(als) }
    if let itemToItem { models.itemToItem.configuration.historyHalfLife = itemToItem }
    if let followed { models.followed.configuration.historyHalfLife = followed }
    if let content { models.content?.historyHalfLife = content }
    return models
  }

  /// The best for models that were fitted on what came before a time, by what users liked from it on.
  ///
  /// - Returns: what was chosen, and the NDCG@10 of each choice for those who are curious.
  static func choose(
    _ past: RetrievalModels, _ log: TrainingLog, cut: Int64, seed: UInt64
  ) throws -> (chosen: HistoryHalfLives, report: [String]) {
    let cases = NextLikes.sample(log, cut: cut, count: sampleSize, seed: seed)
    var chosen = HistoryHalfLives()
    var report: [String] = []
    guard !cases.isEmpty else { return (chosen, report) }
    let whole = OfflineRetrieval(models: past, items: log.dataset.items)
    func best(
      _ name: String, _ place: WritableKeyPath<HistoryHalfLives, Float?>, source: String
    ) throws {
      var figures: [(halfLife: Float, ndcg: Double)] = []
      for halfLife in tried {
        var choice = HistoryHalfLives()
        choice[keyPath: place] = halfLife
        let retrieval = try whole.with(choice)
        let sum = try cases.reduce(0.0) { sum, one in
          let list = try retrieval.list(
            source, history: one.history, seen: one.seen, at: cut, quota: 10)
          return sum + one.ndcg(list?.items ?? [])
        }
        figures.append((halfLife, sum / Double(cases.count)))
      }
      guard let winner = figures.max(by: { $0.ndcg < $1.ndcg }) else { return }
      chosen[keyPath: place] = winner.halfLife
      let text = figures.map { "\($0.halfLife): " + Self.text($0.ndcg) }.joined(separator: ", ")
      report.append("\(name) half-life \(winner.halfLife) entries (NDCG@10 \(text))")
    }
    try best("als", \.als, source: "als")
    try best("item-to-item", \.itemToItem, source: "item-to-item")
    try best("co-liked-session", \.followed, source: "co-liked-session")
    if past.content != nil { try best("content", \.content, source: "content") }
    return (chosen, report)
  }

  private static func text(_ figure: Double) -> String {
    String((figure * 10_000).rounded() / 10_000)
  }
}
