import RecommendationCore
import RecommendationProtos

extension FeatureReference {
  /// As a message.
  public var proto: Recsys_Common_V1_FeatureReference {
    var message = Recsys_Common_V1_FeatureReference()
    message.view = view
    message.name = name
    message.version = version
    return message
  }
}

extension FeatureSet {
  /// The set of a message. Its fingerprint must be that of its features: two services of different
  /// builds that compute it otherwise find out here, and not by wrong scores.
  public init(proto: Recsys_Common_V1_FeatureSet, _ checks: inout FieldChecks) {
    guard checks.count(proto.features.count, "features", atMost: Limits.featureCount) else {
      self.init([])
      return
    }
    for (index, feature) in proto.features.enumerated() {
      checks.within("features", index) { checks in
        checks.requiredText(feature.view, "view", limit: Limits.labelBytes)
        checks.requiredText(feature.name, "name", limit: Limits.labelBytes)
        checks.require(feature.version >= 1, "version", "must be 1 or more")
      }
    }
    self.init(
      proto.features.map {
        FeatureReference(view: $0.view, name: $0.name, version: $0.version)
      })
    checks.require(
      proto.fingerprint == fingerprint, "fingerprint", "is not that of the features listed")
  }

  /// The set of a message; throws INVALID_ARGUMENT where it is malformed.
  public init(proto: Recsys_Common_V1_FeatureSet) throws {
    self = try FieldChecks.collect { FeatureSet(proto: proto, &$0) }
  }

  /// As a message.
  public var proto: Recsys_Common_V1_FeatureSet {
    var message = Recsys_Common_V1_FeatureSet()
    message.features = features.map(\.proto)
    message.fingerprint = fingerprint
    return message
  }

  /// As a message that names the set by its fingerprint alone, for a service that has been sent it before.
  public var shortProto: Recsys_Common_V1_FeatureSet {
    var message = Recsys_Common_V1_FeatureSet()
    message.fingerprint = fingerprint
    return message
  }
}

/// Stable reasons of errors about feature sets.
public enum FeatureSetReasons {
  /// A set named by its fingerprint alone is not known: send the names.
  public static let unknown = "FEATURE_SET_UNKNOWN"
}
