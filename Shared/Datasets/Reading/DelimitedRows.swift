import Foundation
import RecommendationCore

/// Rows of fields between separators, without quotes.
struct DelimitedRows: RowParser {
  /// How a time is written.
  enum TimeForm: Sendable {
    /// Whole Unix seconds.
    case unixSeconds
    /// As ``TimeParser`` reads it.
    case any
    /// There is none: a second a row, in their order.
    case byRow
  }

  var separator: UInt8
  /// Fields of a row.
  var width: Int
  var user: Int
  var item: Int
  var value: Int?
  var time: Int?
  var type: Int?
  /// What the row is for: train, validation, test.
  var part: Int?
  var timeForm: TimeForm
  /// Whether a field in quotes may hold separators and line ends: a quote then ends the reading by lines.
  var hasQuotes: Bool
  /// What a row without a value and type is; nil: a value must be there.
  var typeWithoutValue: EventType?
  var skipsEmptyLines: Bool
  /// Fields that must be empty: between the two bytes of `::`.
  var emptyFields: [Int] = []
  /// What a row should be, for the report.
  var form: String
  var rules: DatasetRules

  /// Where fields end, and the types seen last.
  struct Scratch {
    var ends: [Int]
    var types: [(name: [UInt8], type: EventType)] = []
  }

  func makeScratch() -> Scratch { Scratch(ends: [Int](repeating: 0, count: max(width, 1))) }

  func parse(
    _ bytes: FieldParser.Bytes, line: Int, scratch: inout Scratch, into block: inout RowBlock
  ) throws {
    if bytes.isEmpty, skipsEmptyLines { return }
    block.rows += 1
    block.timesCountRows = timeForm == .byRow
    let count = try split(bytes, &scratch)
    guard count == width else {
      return block.refuse(.schema, line: line, "\(count) fields, not \(width): \(form)")
    }
    func field(_ index: Int) -> FieldParser.Bytes {
      let start = index == 0 ? 0 : scratch.ends[index - 1] + 1
      return FieldParser.Bytes(rebasing: bytes[start..<scratch.ends[index]])
    }
    for index in emptyFields where !field(index).isEmpty {
      return block.refuse(.schema, line: line, "not \(form)")
    }
    let (user, item) = (field(user), field(item))
    guard !user.isEmpty, !item.isEmpty else {
      return block.refuse(.schema, line: line, "empty user or item")
    }
    var number: Double?
    if let value, typeWithoutValue == nil || !field(value).isEmpty {
      number = FieldParser.decimal(field(value))
      guard number != nil else {
        return block.refuse(.schema, line: line, "value is no number")
      }
    }
    guard let milliseconds = milliseconds(time.map { field($0) }, row: block.rows) else {
      return block.refuse(
        .schema, line: line,
        timeForm == .any ? "time is no Unix time and no ISO 8601 time" : "time is no Unix time")
    }
    var eventType = number == nil ? typeWithoutValue ?? .view : .rating
    if let type {
      guard let known = Self.eventType(field(type), &scratch) else {
        return block.refuse(
          .schema, line: line, "unknown type \(FieldParser.utf8(field(type)))")
      }
      eventType = known
    }
    if eventType != .impression {
      guard rules.values.contains(number ?? 0) else {
        return block.refuse(.value, line: line, "\(number ?? 0)")
      }
      guard timeForm == .byRow || rules.timesMilliseconds.contains(milliseconds) else {
        return block.refuse(.time, line: line, "\(milliseconds) ms")
      }
    }
    if let part {
      guard let known = DatasetPart(named: FieldParser.utf8(field(part))) else {
        return block.refuse(.schema, line: line, "unknown split \(FieldParser.utf8(field(part)))")
      }
      block.parts.append(known.rawValue)
    }
    block.append(user: user, item: item, type: eventType, value: number ?? 0, time: milliseconds)
  }

  /// - Returns: the number of fields.
  @inline(__always)
  private func split(_ bytes: FieldParser.Bytes, _ scratch: inout Scratch) throws -> Int {
    try scratch.ends.withUnsafeMutableBufferPointer { ends in
      var count = 0
      for index in 0..<bytes.count {
        let byte = bytes[index]
        if byte == separator {
          if count < ends.count { ends[count] = index }
          count += 1
        } else if byte == 0x22, hasQuotes {
          throw UnreadableByLine()
        }
      }
      if count < ends.count { ends[count] = bytes.count }
      return count + 1
    }
  }

  @inline(__always)
  private func milliseconds(_ bytes: FieldParser.Bytes?, row: Int) -> Int64? {
    switch timeForm {
    case .unixSeconds: return bytes.flatMap { FieldParser.integer($0) }.map { $0 &* 1000 }
    case .any: return bytes.flatMap { TimeParser.milliseconds($0) }
    case .byRow: return Int64(row) * 1000
    }
  }

  private static func eventType(
    _ bytes: FieldParser.Bytes, _ scratch: inout Scratch
  ) -> EventType? {
    for known in scratch.types where known.name.elementsEqual(bytes) { return known.type }
    guard let type = DelimitedReader.eventType(named: FieldParser.utf8(bytes)) else { return nil }
    if scratch.types.count < 64 { scratch.types.append((Array(bytes), type)) }
    return type
  }
}
