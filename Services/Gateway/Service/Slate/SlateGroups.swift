import Catalogue
import RecommendationCore
import Reranking

/// The groups of a slate's candidates by one attribute, then of the items before the slate, then of others.
struct SlateGroups {
  let catalogue: CatalogueSnapshot
  let items: [ItemID]

  /// Groups by "category", "year" or a named attribute. Values of one text or number are one group.
  ///
  /// - Complexity: O(items).
  func groups(by attribute: String) -> ItemGroups {
    switch attribute {
    case AdmittedRequest.Diversity.category: categories
    case AdmittedRequest.Diversity.year: years
    default: values(of: attribute)
    }
  }

  /// Groups by the catalogue's own category numbers.
  var categories: ItemGroups {
    var builder = ItemGroups.Builder(capacity: items.count)
    for item in items {
      if let facts = catalogue.facts(of: item) { builder.add(facts.categories) }
      builder.endItem()
    }
    return builder.groups()
  }

  private var years: ItemGroups {
    var builder = ItemGroups.Builder(capacity: items.count)
    for item in items {
      // Within the range of plain numbers for all years that films have.
      if let year = catalogue.facts(of: item)?.year { builder.add(UInt32(bitPattern: year)) }
      builder.endItem()
    }
    return builder.groups()
  }

  private func values(of attribute: String) -> ItemGroups {
    var builder = ItemGroups.Builder(capacity: items.count)
    var numbers: [UInt64: UInt32] = [:]
    func group(_ key: UInt64) -> UInt32 {
      if let number = numbers[key] { return number }
      let number = UInt32(truncatingIfNeeded: numbers.count)
      numbers[key] = number
      return number
    }
    for item in items {
      switch catalogue.attribute(attribute, of: item) {
      case nil: break
      case .text(let text): builder.add(group(entityKey(text)))
      case .flag(let flag): builder.add(group(flag ? 1 : 2))
      case .number(let number): builder.add(group(number.bitPattern))
      case .texts(let texts):
        for key in texts.map({ entityKey($0) }).withoutRepeats() {
          builder.add(group(key))
        }
      }
      builder.endItem()
    }
    return builder.groups()
  }
}
