import ServiceContracts

/// The policies with the pipelines that they make.
struct ServedPolicies: Sendable {
  /// One policy as it serves.
  struct Served: Sendable {
    let policy: Policy
    /// In every reply.
    let version: String
    let pipeline: RecommendPipeline

    init(_ policy: Policy, _ pipeline: RecommendPipeline) {
      self.policy = policy
      version = policy.version
      self.pipeline = pipeline
    }
  }

  private let standard: Served
  private let named: [String: Served]

  /// - Parameter pipeline: makes a policy's pipeline.
  init(_ policies: Policies, pipeline: (Policy) -> RecommendPipeline) {
    standard = Served(policies.standard, pipeline(policies.standard))
    var named = [Policies.defaultName: standard]
    for (name, policy) in policies.byName where name != Policies.defaultName {
      named[name] = Served(policy, pipeline(policy))
    }
    self.named = named
  }

  /// The policy of a name; the default one for an empty name.
  ///
  /// - Throws: INVALID_ARGUMENT that names the field.
  subscript(name: String) -> Served {
    get throws {
      if name.isEmpty { return standard }
      if let served = named[name] { return served }
      var checks = FieldChecks()
      checks.refuse(
        "policy", "is not known; there are: \(named.keys.sorted().joined(separator: ", "))")
      try checks.finish()
      return standard
    }
  }
}
