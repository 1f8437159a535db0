import RecommendationCore

/// An item as a line of `items.jsonl`.
struct ItemRecord: Codable {
  var id: String
  var title: String
  var description: String?
  var categories: [String]?
  var attributes: [String: AttributeRecord]?
  var year: Int32?
  var price: Double?
  var image: String?
  var availableFrom: Int64?
  var availableUntil: Int64?

  init(_ item: Item) {
    id = item.externalID
    title = item.title
    description = item.description.isEmpty ? nil : item.description
    categories = item.categories.isEmpty ? nil : item.categories
    attributes = item.attributes.isEmpty ? nil : item.attributes.mapValues { AttributeRecord($0) }
    year = item.year
    price = item.price
    image = item.imageURI.isEmpty ? nil : item.imageURI
    availableFrom = item.availableFromMilliseconds
    availableUntil = item.availableUntilMilliseconds
  }

  var item: Item {
    Item(
      externalID: id, title: title, description: description ?? "", categories: categories ?? [],
      attributes: (attributes ?? [:]).mapValues(\.value), year: year, price: price,
      imageURI: image ?? "", availableFromMilliseconds: availableFrom,
      availableUntilMilliseconds: availableUntil)
  }
}

/// A user as a line of `users.jsonl`.
struct UserRecord: Codable {
  var id: String
  var attributes: [String: AttributeRecord]?

  init(_ user: DatasetUser) {
    id = user.externalID
    attributes = user.attributes.isEmpty ? nil : user.attributes.mapValues { AttributeRecord($0) }
  }

  var user: DatasetUser {
    DatasetUser(externalID: id, attributes: (attributes ?? [:]).mapValues(\.value))
  }
}

/// An attribute as plain JSON: text, number, true or false, or a list of texts.
struct AttributeRecord: Codable {
  var value: AttributeValue

  init(_ value: AttributeValue) { self.value = value }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      value = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      value = .number(number)
    } else if let text = try? container.decode(String.self) {
      value = .text(text)
    } else {
      value = .texts(try container.decode([String].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch value {
    case .text(let text): try container.encode(text)
    case .number(let number): try container.encode(number)
    case .flag(let flag): try container.encode(flag)
    case .texts(let texts): try container.encode(texts)
    }
  }
}
