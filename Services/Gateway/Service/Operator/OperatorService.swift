import RPC
import RecommendationProtos
import ServiceContracts

/// Everything that answers `recsys.gateway.v1.OperatorService`. Every method asks for the operator's token first.
struct OperatorService: Sendable {
  let token: OperatorToken
  let replay: ReplayHandler
  let rules: RulesHandler

  /// The service's methods.
  var definition: ServiceDefinition {
    var service = ServiceDefinition(OperatorMethods.service)
    let (token, replay) = (token, replay)
    service.unary(OperatorMethods.replay) { message, context in
      try token.check(context)
      return try await replay.replay(message)
    }
    service.unary(OperatorMethods.getRules) { [rules] message, context in
      try token.check(context)
      return try await rules.get(message, context)
    }
    service.unary(OperatorMethods.setRules) { [rules] message, context in
      try token.check(context)
      return try await rules.set(message, context)
    }
    return service
  }
}
