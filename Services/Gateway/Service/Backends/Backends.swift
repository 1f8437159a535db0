import RPC
import RecommendationProtos
import ServiceContracts

/// The services behind the gateway.
struct Backends: Sendable {
  /// By target: sources may be served at several.
  let candidates: [String: CandidateClient]
  /// Where candidates are, unless the policy says otherwise.
  let defaultCandidateTarget: String
  let features: FeatureClient
  let ranking: RankingClient
  let explanation: ExplanationClient

  /// Channels to all that the configuration names. They connect at the first call.
  init(_ configuration: GatewayConfiguration) throws {
    func channel(_ target: String) throws -> Channel {
      var settings = configuration.channel
      settings.replicas?.onEvent = ReplicaMetrics.record
      return try Channel(target: target, configuration: settings)
    }
    let targets = Set(
      configuration.policies.byName.values.flatMap { $0.sources }.map { $0.target }
        .filter { !$0.isEmpty } + [configuration.candidatesTarget])
    var candidates: [String: CandidateClient] = [:]
    for target in targets { candidates[target] = CandidateClient(channel: try channel(target)) }
    self.candidates = candidates
    defaultCandidateTarget = configuration.candidatesTarget
    features = FeatureClient(channel: try channel(configuration.featuresTarget))
    ranking = RankingClient(channel: try channel(configuration.rankingTarget))
    explanation = ExplanationClient(channel: try channel(configuration.explanationTarget))
  }

  /// Connects to all of them, so that the first requests need not. What cannot be reached is left to later.
  func connect(timeout: Duration) async {
    let options = CallOptions(timeout: timeout, waitForReady: true)
    await withTaskGroup(of: Void.self) { group in
      for client in candidates.values {
        for channel in client.channel.each {
          group.addTask {
            _ = try? await CandidateClient(channel: channel).listSources(.init(), options: options)
          }
        }
      }
      for channel in features.channel.each {
        group.addTask {
          _ = try? await FeatureClient(channel: channel).listFeatures(.init(), options: options)
        }
      }
      for channel in ranking.channel.each {
        group.addTask {
          _ = try? await RankingClient(channel: channel).listModels(.init(), options: options)
        }
      }
      for channel in explanation.channel.each {
        // It has no method that needs nothing: this one is refused, over a connection that stays.
        group.addTask {
          _ = try? await ExplanationClient(channel: channel).explain(.init(), options: options)
        }
      }
    }
  }

  /// The endpoints with the sources that each serves, the default one first.
  func endpoints(of policy: Policy) -> [(name: String, source: EndpointSource)] {
    let byTarget = Dictionary(grouping: policy.sources.filter(\.isEnabled)) { source in
      source.target.isEmpty ? defaultCandidateTarget : source.target
    }
    return byTarget.sorted { left, right in
      (left.key != defaultCandidateTarget ? 1 : 0, left.key)
        < (right.key != defaultCandidateTarget ? 1 : 0, right.key)
    }.compactMap { target, sources in
      guard let client = candidates[target] else { return nil }
      let isDefault = target == defaultCandidateTarget
      let name =
        isDefault ? "candidates" : "candidates/" + sources.map(\.name).joined(separator: "+")
      return (
        name, EndpointSource(client: client, sources: sources, exploration: policy.exploration)
      )
    }
  }
}

extension Channel {
  /// The channels of its replicas; itself where it has none.
  var each: [Channel] { replicas.isEmpty ? [self] : replicas }
}
