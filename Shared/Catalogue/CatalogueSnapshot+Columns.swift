public import RecommendationCore

/// Single columns of items, without their strings: what re-ranking and rules ask of hundreds of items a request.
extension CatalogueSnapshot {
  /// Whether ``categoryBits(of:)`` says all: no category has a number of 64 or more.
  public var hasCategoryBits: Bool { categoryCount <= 64 }

  /// The categories of an item with numbers below 64, as bits; none for an unknown item. O(1) expected.
  public func categoryBits(of id: ItemID) -> UInt64 {
    guard let row = row(of: id) else { return 0 }
    return contents.chunks[row >> CatalogueChunk.shift]
      .categoryBits[row & (CatalogueChunk.capacity - 1)]
  }

  /// Snapshots of one numbering give the same categories the same numbers.
  public var categoryNumbering: UInt64 { contents.categories.fingerprint }

  /// What an item is called, without the rest of it: a copy of an ``Item`` costs a dozen of reference counts.
  public func title(of id: ItemID) -> String? { row(of: id).flatMap { stored($0)?.title } }

  /// The id by which the client knows an item.
  public func externalID(of id: ItemID) -> String? {
    row(of: id).flatMap { stored($0)?.externalID }
  }

  /// A row that the index has given.
  @inline(__always)
  private func stored(_ row: Int) -> Item? {
    contents.chunks[row >> CatalogueChunk.shift].items[row & (CatalogueChunk.capacity - 1)]
  }

  /// The value of an attribute; nil where the item or the attribute is unknown.
  public func attribute(_ name: String, of id: ItemID) -> AttributeValue? {
    guard let row = row(of: id) else { return nil }
    return contents.chunks[row >> CatalogueChunk.shift]
      .items[row & (CatalogueChunk.capacity - 1)]?.attributes[name]
  }

  /// When an item came out or became available, Unix time in milliseconds: the later of its year's middle and the
  /// start of its availability; nil where neither is known.
  public func releaseMilliseconds(of id: ItemID) -> Int64? {
    guard let row = row(of: id) else { return nil }
    let chunk = contents.chunks[row >> CatalogueChunk.shift]
    let offset = row & (CatalogueChunk.capacity - 1)
    let (year, from) = (chunk.years[offset], chunk.availableFrom[offset])
    let middle = year == .min ? Int64.min : Self.middle(ofYear: year)
    let release = max(middle, from)
    return release == .min ? nil : release
  }

  /// The middle of a year, to the day or so.
  private static func middle(ofYear year: Int32) -> Int64 {
    (Int64(year) - 1970) * 31_556_952_000 + 15_778_476_000
  }
}
