/// Rows of graded queries, as learning to rank takes them.
public struct QueryRows: Sendable {
  /// The label of each row.
  public var labels: [Float]
  /// Rows × columns, row by row; what a row does not name is ``LibSVMReader``'s `absent`.
  public var values: [Float]
  /// Number of columns: one more than the greatest index, or as many as were asked for.
  public var columns: Int
  /// How many rows each query has, in order; empty where neither `qid:` nor a file of queries tells.
  public var groups: [Int]
}

/// Reads `label [qid:query] index:value ...` (LibSVM, SVMlight, LETOR), with the rows of each query from `qid:` or
/// from a file with one number a line, as LightGBM and XGBoost have it. Plain or `.gz`.
public struct LibSVMReader: Sendable {
  /// More columns than this are damage, or need another representation.
  public static let mostColumns = 1 << 20
  /// More values than this (2 GiB of them) are refused, too.
  private static let mostValues = 1 << 29

  /// What stands where a row has no value.
  public var absent: Float
  /// The number of columns where it is known: indices from there on are left out. Nil: the greatest index decides.
  public var columns: Int?

  /// A reader.
  public init(absent: Float = 0, columns: Int? = nil) {
    self.absent = absent
    self.columns = columns
  }

  /// Reads rows.
  ///
  /// - Parameters:
  ///   - path: the rows.
  ///   - queryPath: the rows of each query; nil: rows with `qid:`, neighbours of one id being one query.
  /// - Throws: ``DatasetError/Code/format`` with file and line.
  public func read(_ path: String, queries queryPath: String? = nil) throws -> QueryRows {
    var rows = SparseQueryRows()
    try LineScanner(path: path).forEachLine { bytes, line in
      try rows.add(bytes, place: "\(path):\(line)")
    }
    guard !rows.labels.isEmpty else { throw DatasetError(.format, "\(path): no rows") }
    let width = columns ?? rows.greatest + 1
    guard width >= 1, rows.labels.count <= Self.mostValues / width else {
      throw DatasetError(.format, "\(path): \(rows.labels.count) rows of \(width) columns")
    }
    var values = [Float](repeating: absent, count: rows.labels.count * width)
    for row in rows.labels.indices {
      for entry in rows.starts[row]..<rows.starts[row + 1] where Int(rows.indices[entry]) < width {
        values[row * width + Int(rows.indices[entry])] = rows.values[entry]
      }
    }
    let groups = try queryPath.map { try self.groups($0, rows: rows.labels.count) } ?? rows.groups
    return QueryRows(labels: rows.labels, values: values, columns: width, groups: groups)
  }

  /// The rows of each query, from a file.
  private func groups(_ path: String, rows: Int) throws -> [Int] {
    var groups: [Int] = []
    var left = rows
    try LineScanner(path: path).forEachLine { bytes, line in
      if bytes.isEmpty { return }
      guard let count = FieldParser.integer(bytes), count >= 1 else {
        throw DatasetError(.format, "\(path):\(line): not a number of rows")
      }
      guard count <= left else {
        throw DatasetError(.format, "\(path):\(line): more rows than the \(rows) that there are")
      }
      left -= Int(count)
      groups.append(Int(count))
    }
    guard left == 0 else {
      throw DatasetError(.format, "\(path): \(left) of \(rows) rows belong to no query")
    }
    return groups
  }
}

/// Rows as they stand in the file.
private struct SparseQueryRows {
  var labels: [Float] = []
  var starts = [0]
  var indices: [Int32] = []
  var values: [Float] = []
  var greatest = 0
  var groups: [Int] = []
  private var lastQuery: [UInt8] = []

  mutating func add(_ line: FieldParser.Bytes, place: String) throws {
    // A comment ends a row (LETOR's have one each).
    let end = line.firstIndex(of: 0x23) ?? line.count
    var query: FieldParser.Bytes?
    var (field, last) = (0, Int64(-1))
    var failure: String?
    FieldParser.forEachField(.init(rebasing: line[..<end]), separator: 0x20) { _, bytes in
      if bytes.isEmpty || failure != nil { return }
      defer { field += 1 }
      if field == 0 {
        guard let label = FieldParser.decimal(bytes) else { return failure = "no label" }
        return labels.append(Float(label))
      }
      guard let colon = bytes.firstIndex(of: 0x3a) else {
        return failure = "\"\(FieldParser.utf8(bytes))\" is not index:value"
      }
      let name = FieldParser.Bytes(rebasing: bytes[..<colon])
      let value = FieldParser.Bytes(rebasing: bytes[(colon + 1)...])
      if name.elementsEqual("qid".utf8) { return query = value }
      guard let index = FieldParser.integer(name), index >= 0,
        index < LibSVMReader.mostColumns, let number = FieldParser.decimal(value)
      else { return failure = "\"\(FieldParser.utf8(bytes))\" is not index:value" }
      guard index > last else { return failure = "index \(index) does not rise" }
      last = index
      indices.append(Int32(index))
      values.append(Float(number))
    }
    if let failure { throw DatasetError(.format, "\(place): \(failure)") }
    if field == 0 { return }
    greatest = max(greatest, Int(max(0, last)))
    starts.append(indices.count)
    guard let query else { return }
    let isNew = groups.isEmpty || !query.elementsEqual(lastQuery)
    if isNew {
      (lastQuery, groups) = (Array(query), groups + [1])
    } else {
      groups[groups.count - 1] += 1
    }
  }
}
