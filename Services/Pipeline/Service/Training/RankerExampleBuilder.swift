import Datasets
import Catalogue
import Features
import LinearAlgebra
import Models
import Rankers
import RecommendationCore

/// Makes the ranker's examples from what came after the retrieval models' part of time.
///
/// A group is a user at the moment of an act after the cut: the first, and then each that follows what the group
/// before was about. Its candidates are what retrieval
/// finds at that moment from the history strictly before it; positives are those of them that the user
/// liked next; negatives are others that retrieval put forward, hard by nature. All features are those of
/// that moment.
///
/// "Next" is as many items as a test would hold out of the user: taste moves, and who learns from what was
/// liked long after learns to undervalue what is of interest now.
struct RankerExampleBuilder {
  /// How many groups and rows.
  struct Limits: Sendable {
    /// Most groups; more users are drawn at random.
    var groups = 6_000
    /// Most groups of one user, one after the other in time: few users need more of them.
    var moments = 4
    /// About so many rows to learn from in all; a group's share bounds its negatives.
    var rows = 700_000
    /// Share of the groups that validate: these keep all candidates.
    var validationShare = 0.15
    /// Most groups that validate.
    var validationGroups = 1_000
  }

  /// What one user did from a moment after the cut on.
  private struct Group {
    var user: Int
    var time: Int64
    /// Preference of each item that was liked, and the order in which they first were.
    var liked: [ItemID: Float] = [:]
    var order: [(item: ItemID, time: Int64)] = []
  }

  /// Examples, and how good the order of retrieval is on those that validate.
  struct Output {
    var training: RankingExamples
    var validation: RankingExamples
    /// For each group that validates: items liked in all, also those that retrieval missed.
    var relevantCounts: [Int]
    /// Share of the validating groups' liked items that retrieval found.
    var retrievalRecall: Double
  }

  let log: TrainingLog
  let retrieval: OfflineRetrieval
  let input: RankerInput
  let catalogue: CatalogueSnapshot
  var limits = Limits()
  /// How many items a test holds out of a user.
  var split = HoldoutSplit()
  let seed: UInt64

  /// Builds examples from the acts from a time on.
  func build(from cut: Int64, progress: (Int, Int) -> Void) throws -> Output {
    var random = SeededGenerator(seed: seed)
    var groups = groups(from: cut)
    if groups.count > limits.groups {
      groups.shuffle(using: &random)
      groups.removeLast(groups.count - limits.groups)
    }
    guard groups.count >= 20 else {
      throw PipelineError(
        .insufficientData, "only \(groups.count) users act after the cut: no ranker can be trained")
    }
    let wanted = Int(Double(groups.count) * limits.validationShare)
    let validating = Set(
      groups.indices.shuffled(using: &random).prefix(min(wanted, limits.validationGroups))
        .map { groups[$0].user })
    groups.sort { ($0.time, $0.user) < ($1.time, $1.user) }
    return try collect(groups, validating: validating, &random, progress)
  }

  private func groups(from cut: Int64) -> [Group] {
    let table = log.dataset.interactions
    var groups: [Int: Group] = [:]
    for row in log.rows[log.rowCount(before: cut)...].map(Int.init) {
      let user = Int(table.users[row])
      let preference = table.preference(row)
      var group =
        groups[user] ?? Group(user: user, time: table.timesMilliseconds[row])
      if preference > 0 {
        let item = log.items[Int(table.items[row])]
        if group.liked[item] == nil {
          group.order.append((item, table.timesMilliseconds[row]))
        }
        group.liked[item] = max(group.liked[item] ?? 0, preference)
      }
      groups[user] = group
    }
    let earlier = itemCounts(before: cut)
    return groups.values.filter { !$0.liked.isEmpty }.sorted { $0.user < $1.user }
      .flatMap { moments(of: $0, earlierItems: earlier[$0.user]) }
  }

  /// A user's group, and further ones that begin where what the one before is about ends.
  private func moments(of group: Group, earlierItems: Int) -> [Group] {
    let items = max(earlierItems + group.order.count, split.minimumItems)
    let horizon = max(1, split.heldOutItems(of: items))
    var moments = [group]
    var start = horizon
    while moments.count < limits.moments, start + horizon <= group.order.count {
      // Items of one moment are liked at once: the next group begins after it.
      if group.order[start].time > group.order[start - 1].time {
        var next = group
        next.time = group.order[start].time
        next.order.removeFirst(start)
        moments.append(next)
      }
      start += horizon
    }
    return moments
  }

  /// How many different items each user acted upon before a time.
  private func itemCounts(before cut: Int64) -> [Int] {
    let table = log.dataset.interactions
    var items = [Set<Int32>](repeating: [], count: log.users.count)
    for row in log.rows[..<log.rowCount(before: cut)].map(Int.init) {
      items[Int(table.users[row])].insert(table.items[row])
    }
    return items.map(\.count)
  }

  private func collect(
    _ groups: [Group], validating: Set<Int>, _ random: inout SeededGenerator,
    _ progress: (Int, Int) -> Void
  ) throws -> Output {
    var engine = FeatureEngine(catalogue: catalogue)
    var cursor = TrainingLogCursor(log)
    var training = Collector(columns: input.specification.columnCount)
    var validation = Collector(columns: input.specification.columnCount)
    var relevantCounts: [Int] = []
    var found = 0
    let negatives = limits.rows / max(groups.count, 1)
    for (index, group) in groups.enumerated() {
      cursor.advance(to: group.time) { engine.apply($0) }
      let user = log.users[group.user]
      let seen = Set(engine.history(of: user, limit: .max).items)
      let candidates = try retrieval.candidates(
        history: engine.history(of: user, limit: OfflineRetrieval.historyLimit), seen: seen,
        at: group.time)
      let fresh = group.order.map(\.item).filter { !seen.contains($0) }
      let horizon = split.heldOutItems(of: max(seen.count + fresh.count, split.minimumItems))
      let next = Set(fresh.prefix(horizon))
      if next.isEmpty { continue }
      let labels = candidates.map {
        next.contains($0.item) ? Self.label(group.liked[$0.item]) : 0
      }
      let isValidating = validating.contains(group.user)
      let kept =
        isValidating ? Array(candidates.indices) : sampled(labels, negatives: negatives, &random)
      if isValidating {
        relevantCounts.append(next.count)
        found += labels.filter { $0 > 0 }.count
      }
      guard !kept.isEmpty, isValidating || labels.contains(where: { $0 > 0 }) else { continue }
      let rows = input.rows(
        kept.map { candidates[$0] }, user: user, engine: engine, at: group.time)
      if isValidating {
        validation.append(rows, labels: kept.map { labels[$0] })
      } else {
        training.append(rows, labels: kept.map { labels[$0] })
      }
      progress(index + 1, groups.count)
    }
    progress(groups.count, groups.count)
    return Output(
      training: try training.examples(), validation: try validation.examples(),
      relevantCounts: relevantCounts,
      retrievalRecall: Double(found) / Double(max(relevantCounts.reduce(0, +), 1)))
  }

  /// 2 for a clear liking, 1 for a weak one, 0 for none.
  static func label(_ preference: Float?) -> Float {
    guard let preference, preference > 0 else { return 0 }
    return preference >= 1 ? 2 : 1
  }

  /// Places of all positives, and of negatives drawn evenly.
  ///
  /// Evenly, because a sample that prefers the top of the list would teach that the top is bad: there
  /// every negative would be seen, and below only some beside all positives.
  private func sampled(
    _ labels: [Float], negatives limit: Int, _ random: inout SeededGenerator
  ) -> [Int] {
    var negatives = labels.indices.filter { labels[$0] == 0 }
    if negatives.count > limit {
      negatives.shuffle(using: &random)
      negatives.removeLast(negatives.count - limit)
    }
    return (labels.indices.filter { labels[$0] > 0 } + negatives).sorted()
  }

  /// Rows of many groups, one after the other.
  private struct Collector {
    let columns: Int
    var values: [Float] = []
    var labels: [Float] = []
    var groups: [Int] = []

    init(columns: Int) { self.columns = columns }

    mutating func append(_ rows: FeatureMatrix, labels: [Float]) {
      values += rows.values
      self.labels += labels
      groups.append(rows.rows)
    }

    func examples() throws -> RankingExamples {
      guard !labels.isEmpty,
        let matrix = FeatureMatrix(rows: labels.count, columns: columns, values: values)
      else { throw PipelineError(.insufficientData, "retrieval finds nothing that is liked later") }
      return RankingExamples(rows: matrix, labels: labels, groups: groups)
    }
  }
}
