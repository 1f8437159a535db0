import RPC
import RecommendationProtos
import ServiceContracts

/// Explains each item by its sources.
final class FakeExplanation: Sendable {
  let service = FakeService()
  let requests = Requests<Recsys_Explanation_V1_ExplainRequest>()

  func start() throws {
    var definition = ServiceDefinition(ExplanationMethods.service)
    definition.unary(ExplanationMethods.explain) { [self] request, _ in
      requests.append(request)
      return try await service.answer("explain") {
        var response = Recsys_Explanation_V1_ExplainResponse()
        response.reasons = request.items.map { item in
          var reason = Recsys_Explanation_V1_Reason()
          reason.text = "found by \(item.sources.joined(separator: " and "))"
          var evidence = Recsys_Explanation_V1_Evidence()
          evidence.kind = .pastItem
          evidence.itemID = "past"
          evidence.value = 0.5
          reason.evidence = [evidence]
          return reason
        }
        return response
      }
    }
    try service.start(definition)
  }
}
