import RecommendationCore

/// The rows of one block of a file, as columns; made on any thread, taken in the order of the blocks.
struct RowBlock: Sendable {
  /// A rule that a row of its own can break.
  enum Rule: Int, Sendable, CaseIterable {
    case schema, value, time
  }

  /// A row that broke a rule.
  struct Breach: Sendable {
    var rule: Rule
    /// Line in the block, from 1.
    var line: Int
    var text: String
  }

  /// Users: a plain number, or -1 minus the row in ``userTexts``.
  var users: [Int32] = []
  /// Items: a plain number, or -1 minus the row in ``itemTexts``.
  var items: [Int32] = []
  var types: [UInt8] = []
  var values: [Float] = []
  var times: [Int64] = []
  /// What each row is for, where the file says it; else empty.
  var parts: [UInt8] = []
  var userTexts = IdentifierTable()
  var itemTexts = IdentifierTable()
  /// Lines of the block, empty ones and the header too.
  var lines = 0
  /// Rows of data among them, dropped ones too.
  var rows = 0
  /// Whether the times are rows of the block, from 1, in milliseconds: the file has no clock.
  var timesCountRows = false
  /// Whether some row tells what was shown only.
  var hasImpressions = false
  /// How many rows broke each rule.
  private(set) var breachCounts = [Int](repeating: 0, count: Rule.allCases.count)
  /// The first few of each rule.
  private(set) var breaches: [Breach] = []

  /// Room for the rows of so many bytes.
  init(bytes: Int = 0) {
    let rows = bytes / 20
    users.reserveCapacity(rows)
    items.reserveCapacity(rows)
    types.reserveCapacity(rows)
    values.reserveCapacity(rows)
    times.reserveCapacity(rows)
  }

  @inline(__always)
  mutating func append(
    user: FieldParser.Bytes, item: FieldParser.Bytes, type: EventType, value: Double, time: Int64
  ) {
    users.append(Self.code(user, &userTexts))
    items.append(Self.code(item, &itemTexts))
    types.append(type.rawValue)
    values.append(Float(value))
    times.append(time)
    if type == .impression { hasImpressions = true }
  }

  @inline(__always)
  private static func code(_ bytes: FieldParser.Bytes, _ texts: inout IdentifierTable) -> Int32 {
    if let number = IdentifierTable.plainNumber(bytes) { return Int32(truncatingIfNeeded: number) }
    return -1 - texts.row(ofText: bytes)
  }

  /// Counts a row that is dropped.
  @inline(never)
  mutating func refuse(_ rule: Rule, line: Int, _ text: @autoclosure () -> String) {
    breachCounts[rule.rawValue] += 1
    if breachCounts[rule.rawValue] <= ValidationReport.exampleLimit {
      breaches.append(Breach(rule: rule, line: line, text: text()))
    }
  }
}
