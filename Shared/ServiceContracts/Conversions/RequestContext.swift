import RecommendationCore
import RecommendationProtos
import SwiftProtobuf

/// What the caller knows of the moment.
public struct RequestContext: Sendable, Equatable {
  /// Where the slate will stand; empty for not told.
  public var surface: String
  /// The moment that the answer is for, Unix time in milliseconds; nil: now.
  public var timeMilliseconds: Int64?
  /// e.g. "mobile"; empty for not told.
  public var device: String
  /// BCP 47 tag.
  public var locale: String
  /// Free key-values.
  public var attributes: [String: AttributeValue]

  /// A context.
  public init(
    surface: String = "", timeMilliseconds: Int64? = nil, device: String = "",
    locale: String = "en", attributes: [String: AttributeValue] = [:]
  ) {
    self.surface = surface
    self.timeMilliseconds = timeMilliseconds
    self.device = device
    self.locale = locale
    self.attributes = attributes
  }

  /// The context of a message, with every limit of the proto checked.
  public init(proto: Recsys_Common_V1_RequestContext, _ checks: inout FieldChecks) {
    checks.text(proto.surface, "surface", limit: Limits.nameBytes)
    checks.text(proto.device, "device", limit: Limits.nameBytes)
    checks.text(proto.locale, "locale", limit: Limits.nameBytes)
    self.init(
      surface: proto.surface,
      timeMilliseconds: proto.hasTime ? checks.milliseconds(proto.time, "time") : nil,
      device: proto.device, locale: proto.locale.isEmpty ? "en" : proto.locale,
      attributes: checks.attributes(
        proto.attributes, "attributes", limit: Limits.contextAttributeCount))
  }

  /// The context of a message; throws INVALID_ARGUMENT where it breaks a limit.
  public init(proto: Recsys_Common_V1_RequestContext) throws {
    self = try FieldChecks.collect { RequestContext(proto: proto, &$0) }
  }

  /// As a message.
  public var proto: Recsys_Common_V1_RequestContext {
    var message = Recsys_Common_V1_RequestContext()
    message.surface = surface
    if let timeMilliseconds {
      message.time = Google_Protobuf_Timestamp(milliseconds: timeMilliseconds)
    }
    message.device = device
    message.locale = locale
    message.attributes = attributes.mapValues(\.proto)
    return message
  }
}
