import Features
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Synchronization

/// The feature lists that callers ask for, made ready once: a ranker asks for the same list with every
/// request.
final class FeaturePlans: Sendable {
  /// More lists than this at once means that someone makes them up: then they are forgotten.
  private static let limit = 64
  private static let emptyFingerprint = FeatureSet([]).fingerprint

  private let make: @Sendable (FeatureSet) throws -> FeaturePlan
  private let plans = Mutex<[UInt64: FeaturePlan]>([:])

  init(make: @escaping @Sendable (FeatureSet) throws -> FeaturePlan) { self.make = make }

  /// The plan of a list, or of the list that was made ready before under the fingerprint that comes alone.
  ///
  /// - Throws: INVALID_ARGUMENT that names a feature which is not declared, FAILED_PRECONDITION when the
  ///   fingerprint is not that of the list, or comes alone and is not known.
  func plan(_ proto: Recsys_Common_V1_FeatureSet) throws -> FeaturePlan {
    if proto.features.isEmpty, proto.fingerprint != 0, proto.fingerprint != Self.emptyFingerprint {
      guard let known = plans.withLock({ $0[proto.fingerprint] }) else {
        throw FeatureErrors.unknownFeatureSet(proto.fingerprint)
      }
      return known
    }
    // The usual case without hashing: the list that goes with this fingerprint is the one that is sent.
    if let known = plans.withLock({ $0[proto.fingerprint] }), Self.equal(known, proto) {
      return known
    }
    var checks = FieldChecks()
    checks.count(proto.features.count, "features.features", atMost: Limits.featureCount)
    try checks.finish()
    let set = FeatureSet(
      proto.features.map { FeatureReference(view: $0.view, name: $0.name, version: $0.version) })
    let plan = try remember(set)
    guard proto.fingerprint == set.fingerprint else {
      throw FeatureErrors.fingerprintMismatch(given: proto.fingerprint, wanted: set.fingerprint)
    }
    return plan
  }

  private static func equal(_ plan: FeaturePlan, _ proto: Recsys_Common_V1_FeatureSet) -> Bool {
    let features = plan.features.features
    return features.count == proto.features.count
      && zip(features, proto.features).allSatisfy {
        $0.name == $1.name && $0.view == $1.view && $0.version == $1.version
      }
  }

  private func remember(_ set: FeatureSet) throws -> FeaturePlan {
    let plan: FeaturePlan
    do {
      plan = try make(set)
    } catch {
      throw FeatureErrors.status(error)
    }
    plans.withLock { plans in
      if plans.count >= Self.limit { plans = [:] }
      plans[set.fingerprint] = plan
    }
    return plan
  }
}
