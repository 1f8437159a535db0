import Artifacts
import Catalogue
import CoreMetrics
import Explanations
import Logging
import Models
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// Explains a slate: one request sees one version of each model and one state of the catalogue.
struct ExplainHandler: Sendable {
  let models: ExplanationModels
  let described: DescribedCatalogue
  let catalogue: LiveCatalogue
  let pool: ComputePool
  let logger: Logger
  private let sentences = Counter(label: "recsys_explanation_sentences_total")
  private let silences = Counter(label: "recsys_explanation_items_without_sentence_total")

  init(
    models: ExplanationModels, described: DescribedCatalogue, catalogue: LiveCatalogue,
    pool: ComputePool, logger: Logger
  ) {
    self.models = models
    self.described = described
    self.catalogue = catalogue
    self.pool = pool
    self.logger = logger
  }

  func explain(
    _ message: Recsys_Explanation_V1_ExplainRequest
  ) async throws -> Recsys_Explanation_V1_ExplainResponse {
    let request = try CheckedExplainRequest(message)
    return try await pool.run { try response(request) }
  }

  private func response(
    _ request: CheckedExplainRequest
  ) throws -> Recsys_Explanation_V1_ExplainResponse {
    var collaborative = models.currentCollaborative
    let trending = models.currentTrending
    let content = described.current
    let snapshot = catalogue.snapshot
    let reasons: [Reason]
    do {
      reasons = try explained(request, collaborative?.model, trending?.model, content, snapshot)
    } catch let error as ModelError {
      // One history whose system cannot be solved: what else is known is still true.
      logger.warning("scores not taken apart", metadata: ["error": "\(error)"])
      collaborative = nil
      reasons = try explained(request, nil, trending?.model, content, snapshot)
    }
    let spoken = reasons.count { !$0.text.isEmpty }
    sentences.increment(by: spoken)
    silences.increment(by: reasons.count - spoken)
    var response = Recsys_Explanation_V1_ExplainResponse()
    response.reasons = reasons.map { $0.proto(snapshot) }
    var versions = [
      ComponentVersion(component: "catalogue", version: "\(snapshot.sequence)")
    ]
    if let content {
      versions.insert(.init(component: "content", version: content.version), at: 0)
    }
    if let trending {
      versions.insert(.init(component: "trending", version: trending.version), at: 0)
    }
    if let collaborative {
      versions.insert(.init(component: "als", version: collaborative.version), at: 0)
    }
    response.versions = versions.map(\.proto)
    return response
  }

  private func explained(
    _ request: CheckedExplainRequest, _ model: ALSModel?, _ trending: TrendingPlaces?,
    _ content: DescribedCatalogue.State?, _ snapshot: CatalogueSnapshot
  ) throws -> [Reason] {
    try Explainer(
      model: model, trending: trending, content: content?.vectors, catalogue: snapshot,
      domain: models.domain
    ).reasons(
      request.entries, history: request.history, locale: request.locale,
      maximumEvidence: request.maximumEvidence)
  }
}

extension Reason {
  /// As a message, with the external ids and titles of the items that it names.
  fileprivate func proto(_ catalogue: CatalogueSnapshot) -> Recsys_Explanation_V1_Reason {
    var message = Recsys_Explanation_V1_Reason()
    message.text = text
    message.evidence = evidence.map { evidence in
      var piece = Recsys_Explanation_V1_Evidence()
      piece.kind = .init(rawValue: Int(evidence.kind.rawValue)) ?? .unspecified
      if let id = evidence.item {
        piece.itemKey = id.rawValue
        piece.itemID = catalogue.externalID(of: id) ?? ""
        piece.itemTitle = catalogue.title(of: id) ?? ""
      }
      piece.value = evidence.value
      piece.total = evidence.total
      piece.name = evidence.name
      piece.textValue = evidence.text
      return piece
    }
    return message
  }
}
