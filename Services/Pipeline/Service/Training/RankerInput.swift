import Features
import Foundation
import Rankers
import RecommendationCore

/// Builds the rows that a ranker reads, in the very form in which the gateway sends them.
struct RankerInput: Sendable {
  let specification: RankerSpecification
  private let userPlan: FeaturePlan
  private let itemPlan: FeaturePlan

  /// The features of every ranker that this pipeline trains: all that are declared.
  static func standard() throws -> RankerInput {
    try RankerInput(
      RankerSpecification(
        userFeatures: FeatureCatalogue.userFeatures, itemFeatures: FeatureCatalogue.itemFeatures,
        retrievalFeatures: [
          "als.score", "als.rank", "trending.score", "trending.rank", "source_count",
        ], contextFeatures: ["hour_of_day", "day_of_week"]))
  }

  init(_ specification: RankerSpecification) throws {
    self.specification = specification
    userPlan = try FeaturePlan.user(specification.userFeatures)
    itemPlan = try FeaturePlan.items(specification.itemFeatures)
  }

  /// One row a candidate, from the state of an engine that has seen only what came before.
  func rows(
    _ candidates: [Candidate], user: UserID, engine: FeatureEngine, at time: Int64
  ) -> FeatureMatrix {
    let userRow = engine.userFeatures(user, userPlan, at: time).values
    let items = engine.itemFeatures(candidates.map(\.item), user: user, itemPlan, at: time)
    let context = Self.context(specification.contextFeatures, at: time)
    var values: [Float] = []
    values.reserveCapacity(candidates.count * specification.columnCount)
    for (row, candidate) in candidates.enumerated() {
      values += userRow
      values += items.values[row * items.columns..<(row + 1) * items.columns]
      for name in specification.retrievalFeatures {
        values.append(Self.retrieval(name, candidate.provenance))
      }
      values += context
    }
    return FeatureMatrix(
      rows: candidates.count, columns: specification.columnCount, values: values)
      ?? FeatureMatrix(rows: 0, columns: specification.columnCount)
  }

  /// `<source>.score` (NaN where the source did not find the item), `<source>.rank` (1 / place, 0 where it
  /// did not), `source_count`.
  static func retrieval(_ name: String, _ provenance: [SourceHit]) -> Float {
    if name == "source_count" { return Float(provenance.count) }
    let parts = name.split(separator: ".")
    guard parts.count == 2 else { return .nan }
    let hit = provenance.first { $0.source == parts[0] }
    if parts[1] == "rank" { return hit.map { 1 / Float($0.rank) } ?? 0 }
    return hit?.score ?? .nan
  }

  /// What is known of the moment, in UTC; Monday is day 0.
  static func context(_ names: [String], at time: Int64) -> [Float] {
    let hours = Int64((Double(time) / 3_600_000).rounded(.down))
    let days = Int64((Double(time) / 86_400_000).rounded(.down))
    return names.map { name in
      switch name {
      case "hour_of_day": Float(hours - days * 24)
      // 1970-01-01 was a Thursday.
      case "day_of_week": Float(((days + 3) % 7 + 7) % 7)
      default: .nan
      }
    }
  }
}
