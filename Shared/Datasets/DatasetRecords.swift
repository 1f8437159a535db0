import RecommendationCore

/// Items as lines of `items.jsonl`: an object with `id`, `title`, and what else is known.
enum ItemRecord {
  /// - Throws: ``DatasetError`` for a number that JSON cannot write.
  static func write(_ item: Item, to json: inout JSONText) throws {
    json.append(raw: "{")
    if !item.attributes.isEmpty {
      json.append(raw: "\"attributes\":")
      try AttributeRecord.write(item.attributes, to: &json)
      json.append(raw: ",")
    }
    if let from = item.availableFromMilliseconds { json.append(raw: "\"availableFrom\":\(from),") }
    if let until = item.availableUntilMilliseconds {
      json.append(raw: "\"availableUntil\":\(until),")
    }
    if !item.categories.isEmpty {
      json.append(raw: "\"categories\":")
      json.append(item.categories)
      json.append(raw: ",")
    }
    if !item.description.isEmpty {
      json.append(raw: "\"description\":")
      json.append(item.description)
      json.append(raw: ",")
    }
    json.append(raw: "\"id\":")
    json.append(item.externalID)
    if !item.imageURI.isEmpty {
      json.append(raw: ",\"image\":")
      json.append(item.imageURI)
    }
    if let price = item.price {
      guard price.isFinite else {
        throw DatasetError(.format, "item \(item.externalID): a price that is not finite")
      }
      json.append(raw: ",\"price\":")
      json.append(price)
    }
    json.append(raw: ",\"title\":")
    json.append(item.title)
    if let year = item.year { json.append(raw: ",\"year\":\(year)") }
    json.append(raw: "}\n")
  }

  static func read(_ bytes: JSONScanner.Bytes) throws -> Item {
    var scanner = JSONScanner(bytes)
    var item = Item(externalID: "", title: "")
    var (hasID, hasTitle) = (false, false)
    try scanner.forEachMember { key, scanner in
      // A member that is null is as good as none.
      if try scanner.kind() == .null { return try scanner.null() }
      switch FieldParser.utf8(key) {
      case "id":
        item.externalID = try scanner.string()
        hasID = true
      case "title":
        item.title = try scanner.string()
        hasTitle = true
      case "description": item.description = try scanner.string()
      case "categories": try scanner.forEachElement { item.categories.append(try $0.string()) }
      case "attributes": item.attributes = try AttributeRecord.read(&scanner)
      case "year": item.year = try scanner.integer(Int32.self)
      case "price": item.price = try scanner.number()
      case "image": item.imageURI = try scanner.string()
      case "availableFrom": item.availableFromMilliseconds = try scanner.integer(Int64.self)
      case "availableUntil": item.availableUntilMilliseconds = try scanner.integer(Int64.self)
      default: try scanner.skip()
      }
    }
    try scanner.end()
    guard hasID, hasTitle else { throw DatasetError(.format, "an item without id or title") }
    return item
  }
}

/// Users as lines of `users.jsonl`: an object with `id` and `attributes`.
enum UserRecord {
  /// - Throws: ``DatasetError`` for a number that JSON cannot write.
  static func write(_ user: DatasetUser, to json: inout JSONText) throws {
    json.append(raw: "{")
    if !user.attributes.isEmpty {
      json.append(raw: "\"attributes\":")
      try AttributeRecord.write(user.attributes, to: &json)
      json.append(raw: ",")
    }
    json.append(raw: "\"id\":")
    json.append(user.externalID)
    json.append(raw: "}\n")
  }

  static func read(_ bytes: JSONScanner.Bytes) throws -> DatasetUser {
    var scanner = JSONScanner(bytes)
    var user = DatasetUser(externalID: "")
    var hasID = false
    try scanner.forEachMember { key, scanner in
      if try scanner.kind() == .null { return try scanner.null() }
      switch FieldParser.utf8(key) {
      case "id":
        user.externalID = try scanner.string()
        hasID = true
      case "attributes": user.attributes = try AttributeRecord.read(&scanner)
      default: try scanner.skip()
      }
    }
    try scanner.end()
    guard hasID else { throw DatasetError(.format, "a user without id") }
    return user
  }
}

/// Attributes as plain JSON: texts, numbers, true or false, lists of texts.
enum AttributeRecord {
  static func write(_ attributes: [String: AttributeValue], to json: inout JSONText) throws {
    json.append(raw: "{")
    for (index, (name, value)) in attributes.sorted(by: { $0.key < $1.key }).enumerated() {
      if index > 0 { json.append(raw: ",") }
      json.append(name)
      json.append(raw: ":")
      switch value {
      case .text(let text): json.append(text)
      case .number(let number):
        guard number.isFinite else {
          throw DatasetError(.format, "attribute \(name): a number that is not finite")
        }
        json.append(number)
      case .flag(let flag): json.append(raw: flag ? "true" : "false")
      case .texts(let texts): json.append(texts)
      }
    }
    json.append(raw: "}")
  }

  static func read(_ scanner: inout JSONScanner) throws -> [String: AttributeValue] {
    var attributes: [String: AttributeValue] = [:]
    try scanner.forEachMember { key, scanner in
      let name = try JSONScanner.text(of: key)
      switch try scanner.kind() {
      case .string: attributes[name] = .text(try scanner.string())
      case .number: attributes[name] = .number(try scanner.number())
      case .flag: attributes[name] = .flag(try scanner.flag())
      case .array:
        var texts: [String] = []
        try scanner.forEachElement { texts.append(try $0.string()) }
        attributes[name] = .texts(texts)
      case .null: try scanner.null()
      case .object: throw DatasetError(.format, "attribute \(name) is an object")
      }
    }
    return attributes
  }
}
