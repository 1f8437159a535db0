import Datasets
import Features
import Foundation
import RecommendationCore

/// Fills the Feature service's store with the catalogue and the training events, so that it starts knowing
/// everybody. Held-out events stay out.
public struct MaterializeJob: Sendable {
  /// What was written.
  public struct Outcome: Codable, Sendable {
    /// Items.
    public var items: Int
    /// Events.
    public var events: Int
    /// Wall time.
    public var seconds: Double
  }

  /// A materialization.
  public init() {}

  /// Writes the store anew; what lay there before goes. The Feature service must not run on it.
  @discardableResult
  public func run(in state: StateFolder, progress: ProgressPrinter) throws -> Outcome {
    let start = ContinuousClock.now
    let log = TrainingLog(try state.requireDataset())
    // Written aside and renamed: a half-filled store is never taken for a whole one.
    let aside = state.featuresPath + ".new"
    for path in [aside, state.featuresPath] where FileManager.default.fileExists(atPath: path) {
      try FileManager.default.removeItem(atPath: path)
    }
    try state.create()
    let count = log.eventCount
    try EmbeddedStore.bulkLoad(
      into: aside, items: log.dataset.items, columns: log.columns(),
      progress: { progress.report("materializing", done: $0, total: $1, unit: "rows") })
    try FileManager.default.moveItem(atPath: aside, toPath: state.featuresPath)
    return Outcome(
      items: log.items.count, events: count, seconds: (ContinuousClock.now - start) / .seconds(1))
  }
}
