import Artifacts
import Catalogue
import Datasets
import Models
import RecommendationCore
import Text

/// The models behind the candidate sources, fitted on one part of the past.
struct RetrievalModels: Sendable {
  var als: ALSModel
  var itemToItem: ItemNeighbours
  var followed: ItemNeighbours
  /// nil where the items' descriptions share no words.
  var content: TextSpace?
  var trending: TrendingModel
  var segments: SegmentPopularity
  var exposure: ExposureModel
  var popularity: PopularityModel

  /// Fits all of them on the training interactions strictly before a time.
  ///
  /// - Parameters:
  ///   - time: nil for all.
  ///   - halfLives: how fast each model lets a history fade.
  static func fit(
    _ log: TrainingLog, before time: Int64?, configuration: ALSConfiguration,
    halfLives: HistoryHalfLives = HistoryHalfLives(), progress: (ALSProgress) -> Void
  ) throws -> RetrievalModels {
    let columns = LogColumns(log, before: time)
    guard columns.weights.contains(where: { $0 > 0 }) else {
      throw PipelineError(
        .insufficientData, "no liking to learn from: \(columns.items.count) interactions")
    }
    let interactions = try Interactions(
      users: columns.users, items: columns.items, weights: columns.weights)
    let als = try ALSModel.fit(interactions, configuration: configuration) {
      progress($0)
      return true
    }
    let end = time ?? log.lastMilliseconds
    let halfLife = halfLife(from: log.firstMilliseconds, to: end)
    let models = RetrievalModels(
      als: als, itemToItem: try ItemNeighbours.fit(interactions),
      followed: try ItemNeighbours.fitSequence(
        users: columns.users, items: columns.items, weights: columns.weights,
        timesMilliseconds: columns.times),
      content: TextSpace.fit(log.dataset.items, seed: configuration.seed),
      trending: try TrendingModel.fit(
        items: columns.items, weights: columns.weights, timesMilliseconds: columns.times,
        halfLife: halfLife, at: end),
      segments: try SegmentPopularity.fit(
        columns.acts, itemSegments: UserGroups.categories(log.dataset),
        userSegments: UserGroups.people(log.dataset), at: end,
        configuration: SegmentPopularity.Configuration(halfLife: halfLife)),
      exposure: try ExposureModel.fit(exposed: columns.items + columns.shown),
      popularity: try PopularityModel.fit(items: columns.items, weights: columns.weights))
    return try halfLives.applied(to: models)
  }

  /// The models that are labelled `production`.
  static func production(_ registry: ModelRegistry) throws -> RetrievalModels {
    func bundle(_ kind: String) throws -> ModelBundle {
      do {
        return try registry.open(
          kind: kind, version: registry.resolve(kind: kind, label: "production"))
      } catch {
        throw PipelineError(
          .missing, "no usable \(kind) bundle in \(registry.root): run `recsys train` first",
          cause: error)
      }
    }
    let hasContent = try registry.labels(TextSpace.kind)["production"] != nil
    return RetrievalModels(
      als: try ALSModel(bundle: bundle(ALSModel.kind)),
      itemToItem: try ItemNeighbours(bundle: bundle(ItemNeighbours.Relation.coLiked.rawValue)),
      followed: try ItemNeighbours(bundle: bundle(ItemNeighbours.Relation.followed.rawValue)),
      content: hasContent ? try TextSpace(bundle: bundle(TextSpace.kind)) : nil,
      trending: try TrendingModel(bundle: bundle(TrendingModel.kind)),
      segments: try SegmentPopularity(bundle: bundle(SegmentPopularity.kind)),
      exposure: try ExposureModel(bundle: bundle(ExposureModel.kind)),
      popularity: try PopularityModel(bundle: bundle(PopularityModel.kind)))
  }

  /// A tenth of the time that the data spans, at least a day: short enough to follow fashions, long enough
  /// that the tail is not noise.
  static func halfLife(from start: Int64, to end: Int64) -> Duration {
    max(.milliseconds((end - start) / 10), .seconds(86_400))
  }

  /// Settings by the size of the data: few users bear few factors.
  static func configuration(_ log: TrainingLog, factors: Int?, epochs: Int?, seed: UInt64)
    -> ALSConfiguration
  {
    ALSConfiguration(
      factors: factors ?? (log.rows.count < 300_000 ? 32 : 64), epochs: epochs ?? 16, seed: seed)
  }
}

/// The training interactions before a time, as the models' fits want them.
private struct LogColumns {
  var users: [UserID]
  var items: [ItemID]
  var weights: [Float]
  var times: [Int64]
  /// Items that were shown.
  var shown: [ItemID]

  init(_ log: TrainingLog, before time: Int64?) {
    let table = log.dataset.interactions
    let count = time.map { log.rowCount(before: $0) } ?? log.rows.count
    let rows = log.rows[..<count].map(Int.init)
    users = rows.map { log.users[Int(table.users[$0])] }
    items = rows.map { log.items[Int(table.items[$0])] }
    weights = rows.map { table.preference($0) }
    times = rows.map { table.timesMilliseconds[$0] }
    let impressions = log.dataset.impressions
    shown = log.shown.lazy.map(Int.init)
      .filter { impressions.timesMilliseconds[$0] < time ?? .max }
      .map { log.items[Int(impressions.items[$0])] }
  }

  var acts: [SegmentPopularity.Act] {
    users.indices.map {
      SegmentPopularity.Act(
        user: users[$0], item: items[$0], weight: weights[$0], timeMilliseconds: times[$0])
    }
  }
}
