/// Reads plain files of feedback, one after the other, with common rows for users and items.
///
/// Made for `recsys fit-predict`: files of other people's experiments, without a header, with any
/// ids, plain or `.gz`. The whole file is never in memory as text.
public struct FeedbackReader: Sendable {
  /// How a file's lines are laid out.
  public enum Format: String, Sendable, CaseIterable {
    /// `user<TAB>item[<TAB>value[<TAB>time]]`: a line an act; with times, histories are in their order. A line
    /// without a tab is divided at spaces.
    case pairs
    /// `user item item …`: a line a user, in no order.
    case lists
    /// `user item item …`: a line a user, oldest first.
    case sequence
  }

  /// What one file says; users and items are rows of the reader.
  public struct Acts: Sendable {
    /// The user of each act.
    public internal(set) var users: [Int32] = []
    /// The item of each act.
    public internal(set) var items: [Int32] = []
    /// The value of each act; nil when the file has no third column.
    public internal(set) var values: [Float]?
    /// The time of each act; nil when the file has no fourth column.
    public internal(set) var times: [Double]?
    /// Users of the file in the order of first sight, those without an item too.
    public internal(set) var listed: [Int32] = []
  }

  private var userTable = IdentifierTable()
  private var itemTable = IdentifierTable()

  /// A reader that knows nobody yet.
  public init() {}

  /// External ids of users by row.
  public var users: [String] { userTable.identifiers }
  /// External ids of items by row.
  public var items: [String] { itemTable.identifiers }
  /// Number of users seen so far.
  public var userCount: Int { userTable.count }
  /// Number of items seen so far.
  public var itemCount: Int { itemTable.count }

  /// Reads a file.
  ///
  /// - Throws: ``DatasetError`` with the line's number when the file cannot be read or breaks its format: an
  ///   empty id, lines of different widths, a value or time that is no finite number, more than 2^31 acts.
  public mutating func read(
    _ path: String, format: Format, progress: ProgressReport? = nil
  ) throws -> Acts {
    var acts = Acts()
    var seen = [Bool](repeating: false, count: userTable.count)
    var width = 0
    var rows = 0
    try LineScanner(path: path).forEachLine(progress: progress) { line, number in
      guard !Self.isBlank(line) else { return }
      rows += 1
      var fields = FieldCursor(line, separatesAtSpaces: format != .pairs || !line.contains(0x09))
      guard let user = fields.next() else { return }
      let row = userTable.row(of: user)
      if Int(row) >= seen.count {
        seen.append(contentsOf: repeatElement(false, count: Int(row) + 1 - seen.count))
      }
      if !seen[Int(row)] {
        seen[Int(row)] = true
        acts.listed.append(row)
      }
      switch format {
      case .lists, .sequence:
        while let item = fields.next() {
          acts.users.append(row)
          acts.items.append(itemTable.row(of: item))
        }
      case .pairs:
        try readPair(row, &fields, &acts, width: &width, place: "\(path):\(number)")
      }
      guard acts.items.count < Int(Int32.max) else {
        throw DatasetError(.format, "\(path): more than 2^31 acts")
      }
    }
    guard rows > 0 else { throw DatasetError(.format, "\(path) is empty") }
    return acts
  }

  private mutating func readPair(
    _ user: Int32, _ fields: inout FieldCursor, _ acts: inout Acts, width: inout Int, place: String
  ) throws {
    guard let item = fields.next() else {
      throw DatasetError(.format, "\(place): user<TAB>item[<TAB>value[<TAB>time]] wanted")
    }
    let value = fields.next()
    let time = value == nil ? nil : fields.next()
    let found = 2 + (value == nil ? 0 : 1) + (time == nil ? 0 : 1)
    guard fields.next() == nil else {
      throw DatasetError(.format, "\(place): more than four fields")
    }
    if width == 0 {
      width = found
      if found > 2 { acts.values = [] }
      if found > 3 { acts.times = [] }
    }
    guard found == width else {
      throw DatasetError(.format, "\(place): \(found) fields where the first line has \(width)")
    }
    acts.users.append(user)
    acts.items.append(itemTable.row(of: item))
    if let value { acts.values?.append(Float(try Self.number(value, "\(place): value"))) }
    if let time { acts.times?.append(try Self.number(time, "\(place): time")) }
  }

  private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ what: String) throws -> Double {
    guard let value = FieldParser.decimal(bytes), Float(value).isFinite else {
      throw DatasetError(.format, "\(what) is no finite number")
    }
    return value
  }

  private static func isBlank(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    line.allSatisfy { $0 == 0x20 || $0 == 0x09 }
  }
}

/// Goes through a line's fields. Not longer lived than the line's bytes.
private struct FieldCursor {
  private let line: UnsafeBufferPointer<UInt8>
  private let separatesAtSpaces: Bool
  private var place = 0

  init(_ line: UnsafeBufferPointer<UInt8>, separatesAtSpaces: Bool) {
    self.line = line
    self.separatesAtSpaces = separatesAtSpaces
  }

  private func isSeparator(_ byte: UInt8) -> Bool {
    byte == 0x09 || (separatesAtSpaces && byte == 0x20)
  }

  /// The next field that is not empty; nil at the end.
  mutating func next() -> UnsafeBufferPointer<UInt8>? {
    while place < line.count, isSeparator(line[place]) { place += 1 }
    guard place < line.count else { return nil }
    let start = place
    while place < line.count, !isSeparator(line[place]) { place += 1 }
    return UnsafeBufferPointer(rebasing: line[start..<place])
  }
}
