import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Testing

@Suite struct EventConversionTests {
  static func proto() -> Recsys_Common_V1_Event {
    var proto = Recsys_Common_V1_Event()
    proto.eventID = "e1"
    proto.userID = "ann"
    proto.itemID = "m1"
    proto.type = .rating
    proto.value = 4
    proto.eventTime = Google_Protobuf_Timestamp(milliseconds: 1_234_567)
    proto.position = 3
    proto.surface = "home"
    return proto
  }

  @Test("an event takes its user's and item's keys, and its own time")
  func keys() throws {
    let event = try Event(proto: Self.proto(), now: 9_999_999)
    #expect(event.user == UserID(external: "ann"))
    #expect(event.item == ItemID(external: "m1"))
    #expect(event.type == .rating)
    #expect(event.timeMilliseconds == 1_234_567)
    #expect(event.position == 3)
  }

  @Test("a session's event belongs to the session, and an event without a time to now")
  func session() throws {
    var proto = Self.proto()
    proto.userID = ""
    proto.sessionID = "ann"
    proto.clearEventTime()
    let event = try Event(proto: proto, now: 42)
    #expect(event.user == UserID(session: "ann"))
    #expect(event.timeMilliseconds == 42)
  }

  @Test("every type of the proto has its type in the core, and back")
  func types() {
    for type in Recsys_Common_V1_EventType.allCases where type != .unspecified {
      #expect(EventType(proto: type)?.proto == type)
    }
    #expect(EventType.allCases.count == Recsys_Common_V1_EventType.allCases.count - 1)
    #expect(EventType(proto: .UNRECOGNIZED(999)) == nil)
  }

  @Test("bad events are refused field by field")
  func refusals() {
    var proto = Self.proto()
    proto.userID = ""
    proto.itemID = ""
    proto.type = .unspecified
    proto.value = .infinity
    proto.eventTime = Google_Protobuf_Timestamp(milliseconds: 300_043)
    #expect(
      fields { try Event(proto: proto, now: 42) } == [
        "event_time", "item_id", "type", "user_id", "value",
      ])
    proto = Self.proto()
    proto.eventTime = Google_Protobuf_Timestamp(milliseconds: 300_042)
    proto.value = 5.5
    #expect(fields { try Event(proto: proto, now: 42) } == ["value"])
  }

  @Test("milliseconds survive a timestamp, before 1970 too")
  func timestamps() {
    for milliseconds: Int64 in [0, 1, 999, 1_000, -1, -999, -1_000, -1_001, 1_795_000_000_123] {
      #expect(Google_Protobuf_Timestamp(milliseconds: milliseconds).milliseconds == milliseconds)
    }
    #expect(Google_Protobuf_Timestamp(seconds: .max, nanos: 0).milliseconds == nil)
  }
}
