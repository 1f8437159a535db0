import Datasets
import Artifacts
import Models
import RecommendationCore

/// The models behind the candidate sources, fitted on one part of the past.
struct RetrievalModels: Sendable {
  var als: ALSModel
  var trending: TrendingModel
  var popularity: PopularityModel

  /// Fits all of them on the training interactions strictly before a time.
  ///
  /// - Parameter time: nil for all.
  static func fit(
    _ log: TrainingLog, before time: Int64?, configuration: ALSConfiguration,
    progress: (ALSProgress) -> Void
  ) throws -> RetrievalModels {
    let table = log.dataset.interactions
    let count = time.map { log.rowCount(before: $0) } ?? log.rows.count
    let rows = log.rows[..<count].map(Int.init)
    let items = rows.map { log.items[Int(table.items[$0])] }
    let weights = rows.map { table.preference($0) }
    guard weights.contains(where: { $0 > 0 }) else {
      throw PipelineError(.insufficientData, "no liking to learn from: \(rows.count) interactions")
    }
    let interactions = try Interactions(
      users: rows.map { log.users[Int(table.users[$0])] }, items: items, weights: weights)
    let als = try ALSModel.fit(interactions, configuration: configuration) {
      progress($0)
      return true
    }
    let end = time ?? log.lastMilliseconds
    return RetrievalModels(
      als: als,
      trending: try TrendingModel.fit(
        items: items, weights: weights, timesMilliseconds: rows.map { table.timesMilliseconds[$0] },
        halfLife: halfLife(from: log.firstMilliseconds, to: end), at: end),
      popularity: try PopularityModel.fit(items: items, weights: weights))
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
    return RetrievalModels(
      als: try ALSModel(bundle: bundle(ALSModel.kind)),
      trending: try TrendingModel(bundle: bundle(TrendingModel.kind)),
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
