/// Distributions of a dataset that the next import is held against; kept beside it.
public struct DatasetProfile: Codable, Sendable, Equatable {
  /// Interactions.
  public var rows: Int
  /// Users with interactions.
  public var users: Int
  /// Items with interactions.
  public var items: Int
  /// Bounds between the bins of ``values``: deciles of the values, each once, rising.
  public var valueBounds: [Float]
  /// Share of the rows in each bin of values; a bin holds its upper bound.
  public var values: [Double]
  /// Share of the rows by type of event.
  public var types: [String: Double]
  /// Share of the users with 1, 2-3, 4-7, 8-15... interactions.
  public var userCounts: [Double]
  /// Share of the items with 1, 2-3, 4-7, 8-15... interactions.
  public var itemCounts: [Double]

  /// The profile of a dataset.
  ///
  /// - Parameter valueBounds: the bins of another profile, so that both can be compared; nil: its own deciles.
  /// - Complexity: O(rows).
  public init(_ dataset: Dataset, valueBounds: [Float]? = nil) {
    let table = dataset.interactions
    rows = table.count
    let bounds = valueBounds ?? Self.deciles(table.values)
    self.valueBounds = bounds
    var values = [Int](repeating: 0, count: bounds.count + 1)
    var types = [Int](repeating: 0, count: 256)
    var perUser = [Int32](repeating: 0, count: dataset.users.count)
    var perItem = [Int32](repeating: 0, count: dataset.items.count)
    for row in 0..<table.count {
      let value = table.values[row]
      values[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
      types[Int(table.types[row])] += 1
      // Rows that point nowhere are the reader's to refuse.
      let (user, item) = (Int(table.users[row]), Int(table.items[row]))
      if perUser.indices.contains(user) { perUser[user] += 1 }
      if perItem.indices.contains(item) { perItem[item] += 1 }
    }
    self.values = Self.shares(values)
    self.types = [:]
    for (type, count) in types.enumerated() where count > 0 {
      self.types["\(type)"] = Double(count) / Double(max(rows, 1))
    }
    users = perUser.count { $0 > 0 }
    items = perItem.count { $0 > 0 }
    userCounts = Self.byMagnitude(perUser)
    itemCounts = Self.byMagnitude(perItem)
  }

  /// Bounds that split a sample of the values into ten parts; fewer where values are few.
  private static func deciles(_ values: [Float]) -> [Float] {
    // Every n-th row: a sample of at most 100,000, the same for the same data.
    let step = max(1, values.count / 100_000)
    let sample = stride(from: 0, to: values.count, by: step).map { values[$0] }.sorted()
    guard !sample.isEmpty else { return [] }
    var bounds: [Float] = []
    for part in 1...9 {
      let bound = sample[min(sample.count * part / 10, sample.count - 1)]
      if bounds.last.map({ $0 < bound }) ?? true { bounds.append(bound) }
    }
    return bounds
  }

  private static func byMagnitude(_ counts: [Int32]) -> [Double] {
    var bins = [Int](repeating: 0, count: 32)
    for count in counts where count > 0 {
      bins[Int32.bitWidth - 1 - count.leadingZeroBitCount] += 1
    }
    return shares(bins)
  }

  private static func shares(_ counts: [Int]) -> [Double] {
    let total = Double(max(counts.reduce(0, +), 1))
    return counts.map { Double($0) / total }
  }
}
