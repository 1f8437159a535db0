import SwiftProtobuf

extension Google_Protobuf_Timestamp {
  /// A timestamp of a Unix time in milliseconds.
  public init(milliseconds: Int64) {
    let seconds = milliseconds >= 0 ? milliseconds / 1_000 : (milliseconds - 999) / 1_000
    self.init(seconds: seconds, nanos: Int32((milliseconds - seconds * 1_000) * 1_000_000))
  }

  /// Unix time in milliseconds; nil where the message is outside of what a timestamp may be.
  public var milliseconds: Int64? {
    // 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z, as google/protobuf/timestamp.proto says.
    guard (-62_135_596_800...253_402_300_799).contains(seconds), (0..<1_000_000_000).contains(nanos)
    else { return nil }
    return seconds * 1_000 + Int64(nanos) / 1_000_000
  }
}

extension FieldChecks {
  /// Unix time in milliseconds of a timestamp; 0 and a violation where it is malformed.
  public mutating func milliseconds(_ time: Google_Protobuf_Timestamp, _ field: String) -> Int64 {
    if let milliseconds = time.milliseconds { return milliseconds }
    refuse(field, "must be from year 1 to 9999, with nanos from 0 to 999,999,999")
    return 0
  }
}
