/// Times as people write them in files.
enum TimeParser {
  /// Unix seconds, Unix milliseconds (from 10^11 on), or `YYYY-MM-DD[{T| }HH:MM:SS[.fff]][Z]` in UTC.
  static func milliseconds(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
    if let number = FieldParser.decimal(bytes) {
      guard abs(number) < 1e15 else { return nil }
      return Int64(abs(number) >= 1e11 ? number : number * 1000)
    }
    return calendar(FieldParser.utf8(bytes))
  }

  private static func calendar(_ text: String) -> Int64? {
    var text = Substring(text)
    if text.last == "Z" { text.removeLast() }
    let halves = text.split(whereSeparator: { $0 == "T" || $0 == " " })
    guard let date = halves.first, halves.count <= 2 else { return nil }
    let parts = date.split(separator: "-").compactMap { Int64($0) }
    guard date.split(separator: "-").count == 3, parts.count == 3, (1...9999).contains(parts[0]),
      (1...12).contains(parts[1]), (1...31).contains(parts[2])
    else { return nil }
    var milliseconds = days(parts[0], parts[1], parts[2]) * 86_400_000
    if halves.count == 2 {
      let clock = halves[1].split(separator: ":").compactMap { Double($0) }
      guard halves[1].split(separator: ":").count == clock.count, (2...3).contains(clock.count),
        (0..<24).contains(clock[0]), (0..<60).contains(clock[1])
      else { return nil }
      let seconds = clock.count == 3 ? clock[2] : 0
      guard (0..<61).contains(seconds) else { return nil }
      milliseconds += Int64(clock[0]) * 3_600_000 + Int64(clock[1]) * 60_000
      milliseconds += Int64((seconds * 1000).rounded())
    }
    return milliseconds
  }

  /// Days from 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level
  /// date algorithms", `days_from_civil`).
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}
