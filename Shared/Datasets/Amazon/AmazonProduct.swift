import RecommendationCore

/// A line of Amazon's product metadata, of any edition.
enum AmazonProduct {
  /// - Throws: ``JSONScanner/Malformed``, and ``DatasetError`` for a product without an id.
  static func read(_ bytes: JSONScanner.Bytes) throws -> Item {
    var scanner = JSONScanner(bytes)
    var item = Item(externalID: "", title: "")
    var hasParent = false
    try scanner.forEachMember { key, scanner in
      switch FieldParser.utf8(key) {
      case "asin":
        let text = try texts(&scanner).first ?? ""
        if !hasParent { item.externalID = text }
      case "parent_asin":
        if let text = try texts(&scanner).first, !text.isEmpty {
          item.externalID = text
          hasParent = true
        }
      case "title": item.title = try texts(&scanner).joined(separator: " ")
      case "description": item.description = try texts(&scanner).joined(separator: "\n")
      case "categories", "category":
        let names = try texts(&scanner)
        if !names.isEmpty { item.categories = names.withoutRepeats() }
      case "price": item.price = try price(&scanner)
      case "brand", "store":
        if let name = try texts(&scanner).first, !name.isEmpty {
          item.attributes["brand"] = .text(name)
        }
      case "image", "imUrl", "imageURL", "images":
        let addresses = try texts(&scanner)
        if item.imageURI.isEmpty {
          item.imageURI = addresses.first { $0.hasPrefix("http") } ?? ""
        }
      default: try scanner.skip()
      }
    }
    try scanner.end()
    guard !item.externalID.isEmpty else {
      throw DatasetError(.format, "a product without asin")
    }
    if item.title.isEmpty { item.title = item.externalID }
    return item
  }

  /// All texts of a value, in their order, however deep they lie: `"a"`, `["a", "b"]`, `[["a", "b"], ["c"]]`,
  /// `[{"large": "a"}]`.
  private static func texts(_ scanner: inout JSONScanner, depth: Int = 0) throws -> [String] {
    var found: [String] = []
    switch try scanner.kind() {
    case .string: found = [try scanner.string()]
    case .array where depth < 8:
      try scanner.forEachElement { found += try texts(&$0, depth: depth + 1) }
    case .object where depth < 8:
      try scanner.forEachMember { _, scanner in found += try texts(&scanner, depth: depth + 1) }
    default: try scanner.skip()
    }
    return found.filter { !$0.isEmpty }
  }

  /// `12.99`, `"$1,012.99"`; of a span the lower end; nil for anything else.
  private static func price(_ scanner: inout JSONScanner) throws -> Double? {
    if try scanner.kind() == .number { return try scanner.number() }
    guard let text = try texts(&scanner).first else { return nil }
    let digits = text.drop { !"0123456789".contains($0) }
      .prefix { "0123456789.,".contains($0) }.filter { $0 != "," }
    return text.contains("$") || text.first?.isNumber == true ? Double(digits) : nil
  }
}
