import Datasets
import Evaluation
import RecommendationCore

/// The users whose last interactions are held out, as an evaluation asks for them.
struct HeldOutCases: Sendable {
  /// Train and test items by user; test items are those that were liked and are not in the train part.
  let cases: [EvaluationCase]
  /// The moment for which slates are asked: just after the last training interaction of anybody. The state
  /// that is asked has taken in all of them, and at an earlier moment its counters would tell of a future.
  let timeMilliseconds: Int64
  /// External ids of users.
  let externalIDs: [UserID: String]

  /// - Parameter sampleSize: so many users drawn at random; nil for all.
  init(_ log: TrainingLog, sampleSize: Int?, seed: UInt64) {
    let table = log.dataset.interactions
    var train = [Set<ItemID>](repeating: [], count: log.users.count)
    for row in log.rows {
      train[Int(table.users[Int(row)])].insert(log.items[Int(table.items[Int(row)])])
    }
    var test = [Set<ItemID>](repeating: [], count: log.users.count)
    for row in 0..<table.count where table.isHeldOut(row) && table.preference(row) > 0 {
      let user = Int(table.users[row])
      let item = log.items[Int(table.items[row])]
      if !train[user].contains(item) { test[user].insert(item) }
    }
    var chosen = log.users.indices.filter { !test[$0].isEmpty }
    if let sampleSize, sampleSize < chosen.count {
      var random = SeededGenerator(seed: seed)
      chosen = chosen.shuffled(using: &random).prefix(sampleSize).sorted()
    }
    cases = chosen.map {
      EvaluationCase(user: log.users[$0], train: train[$0].sorted(), test: test[$0].sorted())
    }
    timeMilliseconds = log.lastMilliseconds + 1
    externalIDs = Dictionary(
      uniqueKeysWithValues: chosen.map { (log.users[$0], log.dataset.users[$0].externalID) })
  }

  /// All-ranking over the items of anybody's training part.
  func rankingProtocol(_ log: TrainingLog) -> AllRankingProtocol {
    let table = log.dataset.interactions
    var known = [Bool](repeating: false, count: log.items.count)
    for row in log.rows { known[Int(table.items[Int(row)])] = true }
    return AllRankingProtocol(
      cases: cases, items: known.indices.filter { known[$0] }.map { log.items[$0] })
  }
}
