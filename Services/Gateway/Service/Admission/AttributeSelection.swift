import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// The attributes that a client wants back with each item.
enum AttributeSelection: Sendable {
  case none
  case all
  case named([String])

  /// The selection of a request; "*" stands for all.
  init(_ names: [String], _ checks: inout FieldChecks) {
    checks.count(names.count, "return_attributes", atMost: Limits.returnAttributeCount)
    for (index, name) in names.enumerated()
    where name.isEmpty || name.utf8.count > Limits.labelBytes {
      checks.refuse(
        "return_attributes[\(index)]", "must be 1 to \(Limits.labelBytes) bytes long")
    }
    self = names.isEmpty ? .none : names.contains("*") ? .all : .named(names)
  }

  /// The attributes of an item that are wanted and there. `categories`, `year`, `price`, `description` and
  /// `image_uri` are asked for by these names, unless the item has an attribute so named.
  func values(of item: Item) -> [String: Recsys_Common_V1_AttributeValue] {
    var values: [String: Recsys_Common_V1_AttributeValue] = [:]
    switch self {
    case .none: break
    case .all:
      values = item.attributes.mapValues(\.proto)
      for name in Self.builtIn where values[name] == nil {
        values[name] = Self.builtIn(name, of: item)?.proto
      }
    case .named(let names):
      for name in names {
        values[name] = (item.attributes[name] ?? Self.builtIn(name, of: item))?.proto
      }
    }
    return values
  }

  private static let builtIn = ["categories", "year", "price", "description", "image_uri"]

  private static func builtIn(_ name: String, of item: Item) -> AttributeValue? {
    switch name {
    case "categories": item.categories.isEmpty ? nil : .texts(item.categories)
    case "year": item.year.map { .number(Double($0)) }
    case "price": item.price.map { .number($0) }
    case "description": item.description.isEmpty ? nil : .text(item.description)
    case "image_uri": item.imageURI.isEmpty ? nil : .text(item.imageURI)
    default: nil
    }
  }
}
