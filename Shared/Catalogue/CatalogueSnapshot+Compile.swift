import RecommendationCore

extension CatalogueSnapshot {
  /// Makes a filter ready for this snapshot.
  ///
  /// Categories that no item has match nothing. Availability is always checked.
  ///
  /// - Parameters:
  ///   - filter: the conditions.
  ///   - nowMilliseconds: the moment for which items must be available, Unix time.
  /// - Throws: ``CatalogueError`` for a range without bounds or with bounds that are not numbers, and
  ///   for conditions that name no attribute.
  public func compile(_ filter: ItemFilter, nowMilliseconds: Int64) throws -> CompiledFilter {
    CompiledFilter(
      snapshot: self,
      nowMilliseconds: nowMilliseconds,
      anyCategories: categorySet(filter.anyCategories),
      noneCategories: categorySet(filter.noneCategories),
      ranges: try filter.ranges.map(Self.compile),
      matches: try filter.attributes.map { match in
        guard !match.attribute.isEmpty, !match.anyValues.isEmpty else {
          throw CatalogueError(.invalidFilter, "an attribute match needs a name and a value")
        }
        return CompiledFilter.Match(attribute: match.attribute, values: Set(match.anyValues))
      },
      allow: filter.allow.isEmpty ? nil : Set(filter.allow),
      deny: Set(filter.deny))
  }

  private func categorySet(_ names: [String]) -> CategorySet? {
    guard !names.isEmpty else { return nil }
    return CategorySet(
      names.compactMap { categoryIndex(name: $0) }, categoryCount: categoryCount)
  }

  private static func compile(_ range: ItemFilter.Range) throws -> CompiledFilter.Range {
    guard !range.attribute.isEmpty else {
      throw CatalogueError(.invalidFilter, "a range needs the name of an attribute")
    }
    guard range.minimum != nil || range.maximum != nil, range.minimum?.isNaN != true,
      range.maximum?.isNaN != true
    else {
      throw CatalogueError(
        .invalidFilter, "the range of '\(range.attribute)' needs a bound that is a number")
    }
    let column: CompiledFilter.Range.Column =
      switch range.attribute {
      case "year": .year
      case "price": .price
      default: .attribute(range.attribute)
      }
    return CompiledFilter.Range(
      column: column, minimum: range.minimum ?? -.infinity, maximum: range.maximum ?? .infinity)
  }
}
