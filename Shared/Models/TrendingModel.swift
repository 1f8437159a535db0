import Artifacts
import Foundation
import RecommendationCore

/// Popularity that fades: an act's weight halves with every half-life that has passed since.
public struct TrendingModel: Sendable {
  /// The bundle kind of such models.
  public static let kind = "trending"
  /// Decayed sum of positive weights by item.
  public let scores: ItemScores
  /// Time after which an act counts half.
  public let halfLife: Duration
  /// The moment for which the scores hold, Unix time in milliseconds. All fade alike from there, so the
  /// order stays.
  public let timeMilliseconds: Int64

  /// Sums the positive weights of each item, each faded to the given time. O(acts).
  ///
  /// - Parameter timeMilliseconds: acts after it are left out: they are not known then.
  public static func fit(
    items: [ItemID], weights: [Float], timesMilliseconds: [Int64], halfLife: Duration,
    at timeMilliseconds: Int64
  ) throws -> TrendingModel {
    guard items.count == weights.count, items.count == timesMilliseconds.count else {
      throw ModelError(.invalidArgument, "columns of different lengths")
    }
    guard halfLife > .zero else {
      throw ModelError(.invalidArgument, "a half-life above zero wanted")
    }
    let halfLifeMilliseconds = halfLife / .milliseconds(1)
    var sums: [ItemID: Double] = [:]
    for index in items.indices {
      let (weight, time) = (weights[index], timesMilliseconds[index])
      guard weight > 0, weight.isFinite, time <= timeMilliseconds else { continue }
      let age = Double(timeMilliseconds) - Double(time)
      sums[items[index], default: 0] += Double(weight) * exp2(-age / halfLifeMilliseconds)
    }
    return TrendingModel(
      scores: try ItemScores(sums: sums), halfLife: halfLife, timeMilliseconds: timeMilliseconds)
  }

  /// Publishes the model.
  public func publish(
    to registry: ModelRegistry, version: String? = nil, dataFingerprint: String = "",
    metrics: [String: Double] = [:]
  ) throws -> BundleManifest {
    try scores.publish(
      kind: Self.kind, to: registry, name: "trending", version: version,
      dataFingerprint: dataFingerprint, metrics: metrics,
      parameters: [
        "half_life_seconds": "\(halfLife / .seconds(1))",
        "time_milliseconds": "\(timeMilliseconds)",
      ])
  }

  /// Loads a model.
  ///
  /// - Throws: ``ModelError/Code/malformed`` when the manifest lacks half-life or time.
  public init(bundle: ModelBundle) throws {
    let parameters = bundle.manifest.parameters
    guard let seconds = parameters["half_life_seconds"].flatMap(Double.init), seconds > 0,
      seconds.isFinite, let time = parameters["time_milliseconds"].flatMap(Int64.init)
    else { throw ModelError(.malformed, "a trending bundle without half-life or time") }
    halfLife = .seconds(seconds)
    timeMilliseconds = time
    scores = try ItemScores(bundle: bundle)
  }

  init(scores: ItemScores, halfLife: Duration, timeMilliseconds: Int64) {
    self.scores = scores
    self.halfLife = halfLife
    self.timeMilliseconds = timeMilliseconds
  }
}
