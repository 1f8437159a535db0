import Foundation
public import RecommendationCore

/// Reads interactions from a CSV or TSV file with a header, and items from another.
///
/// Interactions: `user`, `item` required; `value`, `time`, `type` as they are there (names as below, in any
/// case and order). Items: `item` or `id`, `title` required; `description`, `categories` or `genres` (joined
/// by `|`), `year`, `price`, `image`; every other column becomes an attribute.
///
/// What a row is for may be said by a column `split` (train, validation, test), or by files of their own.
public struct DelimitedReader: Sendable {
  /// The interactions' file.
  public var interactions: String
  /// The items' file, if any.
  public var items: String?
  /// A file of test rows of the same kind, if the first is for training only.
  public var test: String?
  /// A file of validation rows of the same kind, likewise.
  public var validation: String?
  /// What the dataset is called.
  public var name: String
  /// Bytes of a block of lines; small in tests.
  var blockBytes: Int?

  /// A reader.
  public init(interactions: String, items: String? = nil, name: String) {
    self.interactions = interactions
    self.items = items
    self.name = name
  }

  private static let columnNames: [String: [String]] = [
    "user": ["user", "user_id", "userid", "uid"],
    "item": ["item", "item_id", "itemid", "iid", "id", "movieid", "product_id"],
    "value": ["value", "rating", "score", "weight"],
    "time": ["time", "timestamp", "event_time", "ts"],
    "type": ["type", "event", "event_type", "action"], "split": ["split", "part", "set", "fold"],
    "title": ["title", "name"],
    "description": ["description", "text", "plot"],
    "categories": ["categories", "category", "genres", "genre"],
    "year": ["year"], "price": ["price"], "image": ["image", "image_uri", "image_url"],
  ]

  private static let types: [String: EventType] = [
    "impression": .impression, "click": .click, "view": .view, "like": .like,
    "dislike": .dislike, "rating": .rating, "add_to_cart": .addToCart, "cart": .addToCart,
    "purchase": .purchase, "buy": .purchase,
  ]

  /// The type of an event by the name that files use, in any case.
  public static func eventType(named name: String) -> EventType? { types[name.lowercased()] }

  /// Reads the files.
  ///
  /// - Throws: ``DatasetError`` when a file cannot be read or a required column is missing.
  public func read(progress: ProgressReport? = nil) throws -> (Dataset, ValidationReport) {
    var builder = DatasetBuilder(
      name: name,
      rules: DatasetRules(values: -1e9...1e9, repetition: .act, listsItems: items != nil))
    if let items { try readItems(items, into: &builder) }
    var rows = try read(interactions, into: &builder, progress)
    if test != nil || validation != nil {
      guard builder.interactions.heldOut.isEmpty else {
        throw DatasetError(
          .format, "\(interactions) has a column split, and there are files of test rows")
      }
      builder.mark(as: .train)
      for (path, part) in [(validation, DatasetPart.validation), (test, .test)] {
        guard let path else { continue }
        rows += try read(path, into: &builder, progress)
        builder.mark(as: part)
      }
    }
    return try builder.finish(rowsRead: rows)
  }

  private func read(
    _ path: String, into builder: inout DatasetBuilder, _ progress: ProgressReport?
  ) throws -> Int {
    let before = builder
    do {
      return try readLines(path, into: &builder, progress)
    } catch is UnreadableByLine {
      // Nothing of the first try must stay.
      builder = before
      return try readQuoted(path, into: &builder, progress)
    }
  }

  /// In blocks, on all cores: files without quotes.
  private func readLines(
    _ path: String, into builder: inout DatasetBuilder, _ progress: ProgressReport?
  ) throws
    -> Int
  {
    guard let first = try firstLine(of: path) else { throw UnreadableByLine() }
    let header = Self.header(first.names)
    try Self.require(["user", "item"], in: header, of: path)
    let parser = DelimitedRows(
      separator: first.separator, width: first.names.count, user: header["user"] ?? 0,
      item: header["item"] ?? 0, value: header["value"], time: header["time"],
      type: header["type"], part: header["split"], timeForm: header["time"] == nil ? .byRow : .any,
      hasQuotes: true,
      typeWithoutValue: .view, skipsEmptyLines: true, form: first.names.joined(separator: ", "),
      rules: builder.rules)
    var file = InteractionFile(path: path, parser: parser, hasHeader: true)
    if let blockBytes { file.blockBytes = blockBytes }
    return try file.read(into: &builder, progress)
  }

  /// Row by row, where quotes may hold separators and line ends.
  private func readQuoted(
    _ path: String, into builder: inout DatasetBuilder, _ progress: ProgressReport?
  ) throws
    -> Int
  {
    var header: [String: Int] = [:]
    var width = 0
    var rows = 0
    try file(path).forEachRecord(progress: progress) { record in
      guard width > 0 else {
        width = record.count
        header = Self.header((0..<width).map { record.text($0) })
        return try Self.require(["user", "item"], in: header, of: path)
      }
      rows += 1
      add(record, of: path, header, width, row: rows, to: &builder)
    }
    return rows
  }

  private func add(
    _ record: DelimitedRecord, of path: String, _ header: [String: Int], _ width: Int, row: Int,
    to builder: inout DatasetBuilder
  ) {
    let place = "\(path):\(record.line)"
    guard record.count == width, let user = header["user"], let item = header["item"] else {
      return builder.refuseRow("\(record.count) fields, not \(width)", at: place)
    }
    guard !record.bytes(user).isEmpty, !record.bytes(item).isEmpty else {
      return builder.refuseRow("empty user or item", at: place)
    }
    var value: Double?
    if let column = header["value"], !record.bytes(column).isEmpty {
      value = FieldParser.decimal(record.bytes(column))
      guard value != nil else { return builder.refuseRow("value is no number", at: place) }
    }
    // Without times the order of the rows is the clock: one second a row.
    var time = Int64(row) * 1000
    if let column = header["time"] {
      guard let parsed = TimeParser.milliseconds(record.bytes(column)) else {
        return builder.refuseRow("time is no Unix time and no ISO 8601 time", at: place)
      }
      time = parsed
    }
    var type: EventType = value == nil ? .view : .rating
    if let column = header["type"] {
      guard let known = Self.eventType(named: record.text(column)) else {
        return builder.refuseRow("unknown type \(record.text(column))", at: place)
      }
      type = known
    }
    var part: DatasetPart?
    if let column = header["split"] {
      part = DatasetPart(named: record.text(column))
      guard part != nil else {
        return builder.refuseRow("unknown split \(record.text(column))", at: place)
      }
    }
    let userRow = builder.users.row(of: record.text(user))
    let itemRow = builder.items.row(of: record.text(item))
    if type == .impression {
      return builder.shown.append(
        user: userRow, item: itemRow, type: type, value: Float(value ?? 0), timeMilliseconds: time)
    }
    builder.add(
      user: userRow, item: itemRow, type: type, value: value ?? 0, timeMilliseconds: time, at: place
    )
    if let part { builder.mark(as: part) }
  }

  private func readItems(_ path: String, into builder: inout DatasetBuilder) throws {
    var names: [String] = []
    var header: [String: Int] = [:]
    try file(path).forEachRecord { record in
      guard !names.isEmpty else {
        names = (0..<record.count).map { record.text($0) }
        header = Self.header(names)
        return try Self.require(["item", "title"], in: header, of: path)
      }
      let place = "\(path):\(record.line)"
      guard record.count == names.count, let id = header["item"], let title = header["title"],
        !record.text(id).isEmpty, !record.text(title).isEmpty
      else { return builder.refuseRow("not one field a column, or no id or title", at: place) }
      var item = Item(externalID: record.text(id), title: record.text(title))
      func text(_ name: String) -> String? {
        header[name].map { record.text($0) }.flatMap { $0.isEmpty ? nil : $0 }
      }
      item.description = text("description") ?? ""
      item.categories = text("categories")?.split(separator: "|").map(String.init) ?? []
      item.year = text("year").flatMap { Int32($0) }
      item.price = text("price").flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
      item.imageURI = text("image") ?? ""
      let used = Set(header.values)
      for (column, name) in names.enumerated() where !used.contains(column) {
        let value = record.text(column)
        if value.isEmpty { continue }
        item.attributes[name] = Double(value).map { .number($0) } ?? .text(value)
      }
      builder.describe(item, at: place)
    }
  }

  /// A file's first line.
  private struct FirstLine {
    var separator: UInt8
    var names: [String]
  }

  /// The first line, taken apart; nil when it is empty, has quotes or does not end within 64 KiB.
  private func firstLine(of path: String) throws -> FirstLine? {
    let source = try ByteSource(path: path)
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = try bytes.withUnsafeMutableBytes { try source.read(into: $0) }
    bytes.removeLast(bytes.count - count)
    let whole = count < 1 << 16 || bytes.contains(0x0a)
    var line = bytes.prefix { $0 != 0x0a }
    if line.starts(with: [0xef, 0xbb, 0xbf]) { line = line.dropFirst(3) }
    if line.last == 0x0d { line = line.dropLast() }
    guard whole, !line.isEmpty, !line.contains(0x22) else { return nil }
    let separator: UInt8 = line.contains(0x09) ? 0x09 : 0x2c
    let names = line.split(separator: separator, omittingEmptySubsequences: false)
    return FirstLine(
      separator: separator, names: names.map { String(decoding: $0, as: UTF8.self) })
  }

  /// Tabs where the first line has them, else commas.
  private func file(_ path: String) throws -> DelimitedFile {
    let source = try ByteSource(path: path)
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
    let first = buffer[..<count].prefix { $0 != 0x0a }
    return DelimitedFile(path: path, separator: first.contains(0x09) ? 0x09 : 0x2c)
  }

  private static func header(_ names: [String]) -> [String: Int] {
    var columns: [String: Int] = [:]
    for (index, name) in names.map({ $0.lowercased() }).enumerated() {
      if let known = columnNames.first(where: { $0.value.contains(name) })?.key,
        columns[known] == nil
      {
        columns[known] = index
      }
    }
    return columns
  }

  private static func require(
    _ names: [String], in header: [String: Int], of path: String
  ) throws {
    for name in names where header[name] == nil {
      throw DatasetError(
        .format,
        "\(path): no column \(name) in its first line (known names: "
          + (columnNames[name] ?? []).joined(separator: ", ") + ")")
    }
  }
}
