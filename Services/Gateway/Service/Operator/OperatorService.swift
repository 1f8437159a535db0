import RPC
import RecommendationProtos
import ServiceContracts

/// Everything that answers `recsys.gateway.v1.OperatorService`. Every method asks for the operator's token first.
struct OperatorService: Sendable {
  let token: OperatorToken
  let replay: ReplayHandler

  /// The service's methods.
  var definition: ServiceDefinition {
    var service = ServiceDefinition(OperatorMethods.service)
    let (token, replay) = (token, replay)
    service.unary(OperatorMethods.replay) { message, context in
      try token.check(context)
      return try await replay.replay(message)
    }
    service.unary(OperatorMethods.getRules) { _, context in
      try token.check(context)
      throw RPCError(.unimplemented, "Rules are not offered by this version of the gateway.")
    }
    service.unary(OperatorMethods.setRules) { _, context in
      try token.check(context)
      throw RPCError(.unimplemented, "Rules are not offered by this version of the gateway.")
    }
    return service
  }
}
