import Features
import Foundation
import Rankers
import RecommendationCore
import ServiceContracts

/// Builds the rows that a ranker reads, in the very form in which the gateway sends them.
struct RankerInput: Sendable {
  let specification: RankerSpecification
  private let userPlan: FeaturePlan
  private let itemPlan: FeaturePlan
  private let retrieval: [RetrievalFeature]
  private let context: [ContextFeature]

  /// The features of every ranker that this pipeline trains: all that are declared, and of each standard source
  /// that does not draw by chance place and score.
  static func standard() throws -> RankerInput {
    let retrieval =
      StandardSource.all.filter { !$0.isDrawn }.flatMap { source in
        [RetrievalFeature.score(source: source.name), .reciprocalRank(source: source.name)]
      } + [.sourceCount]
    return try RankerInput(
      RankerSpecification(
        userFeatures: FeatureCatalogue.userFeatures, itemFeatures: FeatureCatalogue.itemFeatures,
        retrievalFeatures: retrieval.map(\.name),
        contextFeatures: ContextFeature.allCases.map(\.rawValue)))
  }

  init(_ specification: RankerSpecification) throws {
    self.specification = specification
    userPlan = try FeaturePlan.user(specification.userFeatures)
    itemPlan = try FeaturePlan.items(specification.itemFeatures)
    retrieval = specification.retrievalFeatures.compactMap { RetrievalFeature(name: $0) }
    context = specification.contextFeatures.compactMap { ContextFeature(rawValue: $0) }
    guard retrieval.count == specification.retrievalFeatures.count,
      context.count == specification.contextFeatures.count
    else {
      throw PipelineError(.missing, "the ranker wants a retrieval or context feature unknown here")
    }
  }

  /// One row a candidate, from the state of an engine that has seen only what came before.
  func rows(
    _ candidates: [Candidate], user: UserID, engine: FeatureEngine, at time: Int64
  ) -> FeatureMatrix {
    let userRow = engine.userFeatures(user, userPlan, at: time).values
    let items = engine.itemFeatures(candidates.map(\.item), user: user, itemPlan, at: time)
    let context = context.map { $0.value(atMilliseconds: time) }
    var values: [Float] = []
    values.reserveCapacity(candidates.count * specification.columnCount)
    for (row, candidate) in candidates.enumerated() {
      values += userRow
      values += items.values[row * items.columns..<(row + 1) * items.columns]
      for feature in retrieval {
        values.append(feature.value(provenance: candidate.provenance))
      }
      values += context
    }
    return FeatureMatrix(
      rows: candidates.count, columns: specification.columnCount, values: values)
      ?? FeatureMatrix(rows: 0, columns: specification.columnCount)
  }
}
