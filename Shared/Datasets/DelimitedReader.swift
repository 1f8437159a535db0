import Foundation
public import RecommendationCore

/// Reads interactions from a CSV or TSV file with a header, and items from another.
///
/// Interactions: `user`, `item` required; `value`, `time`, `type` as they are there (names as below, in any
/// case and order). Items: `item` or `id`, `title` required; `description`, `categories` or `genres` (joined
/// by `|`), `year`, `price`, `image`; every other column becomes an attribute.
public struct DelimitedReader: Sendable {
  /// The interactions' file.
  public var interactions: String
  /// The items' file, if any.
  public var items: String?
  /// What the dataset is called.
  public var name: String

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
    "type": ["type", "event", "event_type", "action"],
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
    var header: [String: Int] = [:]
    var width = 0
    var rows = 0
    var shown = InteractionTable()
    try file(interactions).forEachRecord(progress: progress) { record in
      guard width > 0 else {
        width = record.count
        header = Self.header(record)
        return try Self.require(["user", "item"], in: header, of: interactions)
      }
      rows += 1
      add(record, header, width, row: rows, to: &builder, shown: &shown)
    }
    var (dataset, report) = try builder.finish(rowsRead: rows)
    dataset.impressions = shown.gathered(shown.rowsInTimeOrder())
    return (dataset, report)
  }

  private func add(
    _ record: DelimitedRecord, _ header: [String: Int], _ width: Int, row: Int,
    to builder: inout DatasetBuilder, shown: inout InteractionTable
  ) {
    let place = "\(interactions):\(record.line)"
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
    let userRow = builder.users.row(of: record.text(user))
    let itemRow = builder.items.row(of: record.text(item))
    if type == .impression {
      return shown.append(
        user: userRow, item: itemRow, type: type, value: Float(value ?? 0), timeMilliseconds: time)
    }
    builder.add(
      user: userRow, item: itemRow, type: type, value: value ?? 0, timeMilliseconds: time, at: place
    )
  }

  private func readItems(_ path: String, into builder: inout DatasetBuilder) throws {
    var names: [String] = []
    var header: [String: Int] = [:]
    try file(path).forEachRecord { record in
      guard !names.isEmpty else {
        names = (0..<record.count).map { record.text($0) }
        header = Self.header(record)
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

  /// Tabs where the name or the first line has them, else commas.
  private func file(_ path: String) throws -> DelimitedFile {
    var first: [UInt8] = []
    let source = try ByteSource(path: path)
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
    first = Array(buffer[..<count].prefix { $0 != 0x0a })
    return DelimitedFile(path: path, separator: first.contains(0x09) ? 0x09 : 0x2c)
  }

  private static func header(_ record: DelimitedRecord) -> [String: Int] {
    var columns: [String: Int] = [:]
    for index in 0..<record.count {
      let name = record.text(index).lowercased()
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
