import RecommendationCore
import RecommendationProtos

extension ComponentVersion {
  /// The version of a message.
  public init(proto: Recsys_Common_V1_ComponentVersion) {
    self.init(component: proto.component, version: proto.version)
  }

  /// As a message.
  public var proto: Recsys_Common_V1_ComponentVersion {
    var message = Recsys_Common_V1_ComponentVersion()
    message.component = component
    message.version = version
    return message
  }
}
