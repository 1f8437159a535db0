import RecommendationCore

/// Events as bytes, for the event log. The first byte is the format's version.
enum EventCodec {
  private static let version: UInt8 = 1

  static func encode(_ event: Event, arrivalMilliseconds: Int64) -> [UInt8] {
    var writer = ByteWriter(capacity: 96)
    encode(event, arrivalMilliseconds: arrivalMilliseconds, to: &writer)
    return writer.bytes
  }

  static func encode(_ event: Event, arrivalMilliseconds: Int64, to writer: inout ByteWriter) {
    writer.write(version)
    writer.write(arrivalMilliseconds)
    writer.write(event.user.rawValue)
    writer.write(event.item.rawValue)
    writer.write(event.type.rawValue)
    writer.write(event.value)
    writer.write(event.timeMilliseconds)
    writer.write(event.position)
    writer.write(event.eventID)
    writer.write(event.attributionToken)
    writer.write(event.surface)
  }

  static func decode(_ bytes: UnsafeRawBufferPointer) throws -> (
    event: Event, arrivalMilliseconds: Int64
  ) {
    var reader = ByteReader(bytes)
    guard reader.read(UInt8.self) == version, let arrival = reader.read(Int64.self),
      let user = reader.read(UInt64.self), let item = reader.read(UInt64.self),
      let type = reader.read(UInt8.self).flatMap(EventType.init(rawValue:)),
      let value = reader.readDouble(), let time = reader.read(Int64.self),
      let position = reader.read(UInt32.self), let eventID = reader.readString(),
      let token = reader.readString(), let surface = reader.readString(), reader.remaining == 0
    else { throw FeatureError(.malformed, "\(bytes.count) bytes that are not an event") }
    let event = Event(
      eventID: eventID, user: UserID(rawValue: user), item: ItemID(rawValue: item), type: type,
      value: value, timeMilliseconds: time, attributionToken: token, position: position,
      surface: surface)
    return (event, arrival)
  }
}
