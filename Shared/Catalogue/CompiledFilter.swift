import RecommendationCore

/// A filter made ready for one snapshot and one moment: names looked up once, lists turned into sets.
public struct CompiledFilter: Sendable {
  /// A range over one column.
  struct Range: Sendable {
    enum Column: Sendable { case year, price, attribute(String) }
    let column: Column
    let minimum: Double
    let maximum: Double

    func contains(_ value: Double) -> Bool { value >= minimum && value <= maximum }
  }

  /// An attribute and the values that will do.
  struct Match: Sendable {
    let attribute: String
    let values: Set<String>
  }

  /// The snapshot that it is for.
  public let snapshot: CatalogueSnapshot
  let nowMilliseconds: Int64
  let anyCategories: CategorySet?
  let noneCategories: CategorySet?
  let ranges: [Range]
  let matches: [Match]
  let allow: Set<ItemID>?
  let deny: Set<ItemID>

  /// Whether the item may stay.
  public func matches(_ id: ItemID) -> Bool { removalReason(id) == nil }

  /// Why the item must go; nil when it may stay. The first that applies, in the order of
  /// ``FilterReason``.
  public func removalReason(_ id: ItemID) -> FilterReason? {
    guard let row = snapshot.row(of: id) else { return .unknownItem }
    if !deny.isEmpty, deny.contains(id) { return .denyList }
    if let allow, !allow.contains(id) { return .allowList }
    let chunk = snapshot.contents.chunks[row >> CatalogueChunk.shift]
    return removalReason(chunk, row & (CatalogueChunk.capacity - 1))
  }

  /// Whether an item of another snapshot meets the conditions, its availability apart. Both snapshots must number
  /// categories alike: see ``CatalogueSnapshot/categoryNumbering``.
  public func describes(_ id: ItemID, in other: CatalogueSnapshot) -> Bool {
    guard let row = other.row(of: id), deny.isEmpty || !deny.contains(id) else { return false }
    if let allow, !allow.contains(id) { return false }
    let chunk = other.contents.chunks[row >> CatalogueChunk.shift]
    return conditionsReason(chunk, row & (CatalogueChunk.capacity - 1)) == nil
  }

  /// The rows of all items that match.
  ///
  /// - Complexity: O(rows), or O(allow list) where there is one.
  public func matchingRows() -> RowBitmap {
    var bitmap = RowBitmap(rowCount: snapshot.rowCount)
    if let allow {
      for id in allow where matches(id) {
        if let row = snapshot.row(of: id) { bitmap.insert(row) }
      }
      return bitmap
    }
    for (number, chunk) in snapshot.contents.chunks.enumerated() {
      for offset in 0..<CatalogueChunk.capacity
      where chunk.ids[offset].rawValue != 0 && removalReason(chunk, offset) == nil {
        if !deny.isEmpty, deny.contains(chunk.ids[offset]) { continue }
        bitmap.insert(number << CatalogueChunk.shift | offset)
      }
    }
    return bitmap
  }

  /// The conditions on the item itself, cheap ones first.
  private func removalReason(_ chunk: CatalogueChunk, _ offset: Int) -> FilterReason? {
    if nowMilliseconds < chunk.availableFrom[offset]
      || nowMilliseconds >= chunk.availableUntil[offset]
    {
      return .notAvailable
    }
    return conditionsReason(chunk, offset)
  }

  private func conditionsReason(_ chunk: CatalogueChunk, _ offset: Int) -> FilterReason? {
    if anyCategories != nil || noneCategories != nil {
      let categories = chunk.categories(ofRow: offset)
      if let anyCategories, !categories.contains(where: anyCategories.contains) { return .category }
      if let noneCategories, categories.contains(where: noneCategories.contains) {
        return .category
      }
    }
    for range in ranges {
      if let reason = removalReason(range, chunk, offset) { return reason }
    }
    if !matches.isEmpty, let attributes = chunk.items[offset]?.attributes {
      for match in matches where !match.accepts(attributes[match.attribute]) { return .attribute }
    }
    return nil
  }

  private func removalReason(_ range: Range, _ chunk: CatalogueChunk, _ offset: Int)
    -> FilterReason?
  {
    switch range.column {
    case .year:
      let year = chunk.years[offset]
      return year != .min && range.contains(Double(year)) ? nil : .year
    case .price:
      // An unknown price is NaN, which no range contains.
      return range.contains(chunk.prices[offset]) ? nil : .price
    case .attribute(let name):
      guard case .number(let value)? = chunk.items[offset]?.attributes[name],
        range.contains(value)
      else { return .attribute }
      return nil
    }
  }
}

extension CompiledFilter.Match {
  func accepts(_ value: AttributeValue?) -> Bool {
    switch value {
    case nil: false
    case .text(let text): values.contains(text)
    case .texts(let texts): texts.contains(where: values.contains)
    case .flag(let flag): values.contains(flag ? "true" : "false")
    case .number(let number): values.contains { Double($0) == number }
    }
  }
}

/// A set of category numbers.
struct CategorySet: Sendable {
  private var words: [UInt64]

  init(_ indices: [UInt32], categoryCount: Int) {
    words = [UInt64](repeating: 0, count: (categoryCount + 63) / 64)
    for index in indices { words[Int(index >> 6)] |= 1 << UInt64(index & 63) }
  }

  func contains(_ index: UInt32) -> Bool {
    words[Int(index >> 6)] & (1 << UInt64(index & 63)) != 0
  }
}
