import RecommendationCore
import RecommendationProtos
import SwiftProtobuf

extension Event {
  /// The event of a message, with every limit of the proto checked.
  ///
  /// - Parameter now: the time of arrival, Unix time in milliseconds; the event's own time where it has none.
  public init(
    proto: Recsys_Common_V1_Event, now: Int64, _ checks: inout FieldChecks
  ) {
    checks.text(proto.eventID, "event_id", limit: Limits.requestIDBytes)
    checks.require(
      !proto.userID.isEmpty || !proto.sessionID.isEmpty, "user_id",
      "is required unless session_id is set")
    checks.text(proto.userID, "user_id", limit: Limits.externalIDBytes)
    checks.text(proto.sessionID, "session_id", limit: Limits.externalIDBytes)
    checks.requiredID(proto.itemID, "item_id")
    checks.finite(proto.value, "value")
    checks.text(proto.attributionToken, "attribution_token", limit: Limits.tokenBytes)
    checks.text(proto.surface, "surface", limit: Limits.nameBytes)
    let type = EventType(proto: proto.type)
    checks.require(type != nil, "type", "is required and must be a known event type")
    if type == .rating {
      checks.require((1...5).contains(proto.value), "value", "must be from 1 to 5 for a rating")
    }
    let time = proto.hasEventTime ? checks.milliseconds(proto.eventTime, "event_time") : now
    checks.require(
      time <= now + Limits.futureMilliseconds, "event_time",
      "must not be more than 5 minutes in the future")
    self.init(
      eventID: proto.eventID,
      user: proto.userID.isEmpty
        ? UserID(session: proto.sessionID) : UserID(external: proto.userID),
      item: ItemID(external: proto.itemID), type: type ?? .impression, value: proto.value,
      timeMilliseconds: time, attributionToken: proto.attributionToken,
      position: proto.position, surface: proto.surface)
  }

  /// The event of a message; throws INVALID_ARGUMENT where it breaks a limit.
  public init(proto: Recsys_Common_V1_Event, now: Int64) throws {
    self = try FieldChecks.collect { Event(proto: proto, now: now, &$0) }
  }
}

extension EventType {
  /// The type of a message; nil for one that this program does not know.
  public init?(proto: Recsys_Common_V1_EventType) {
    guard let raw = UInt8(exactly: proto.rawValue), let type = EventType(rawValue: raw) else {
      return nil
    }
    self = type
  }

  /// As a message's value.
  public var proto: Recsys_Common_V1_EventType {
    Recsys_Common_V1_EventType(rawValue: Int(rawValue)) ?? .unspecified
  }
}
