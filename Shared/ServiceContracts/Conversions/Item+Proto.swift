import RecommendationCore
import RecommendationProtos
import SwiftProtobuf

extension Item {
  /// The item of a message, with every limit of the proto checked.
  public init(proto: Recsys_Common_V1_Item, _ checks: inout FieldChecks) {
    checks.requiredID(proto.id, "id")
    checks.requiredText(proto.title, "title", limit: Limits.titleBytes)
    checks.text(proto.description_p, "description", limit: Limits.descriptionBytes)
    checks.labels(proto.categories, "categories")
    checks.text(proto.imageUri, "image_uri", limit: Limits.tokenBytes)
    if proto.hasPrice {
      checks.require(
        proto.price.isFinite && proto.price >= 0, "price", "must be a finite number, 0 or more")
    }
    self.init(
      externalID: proto.id, title: proto.title, description: proto.description_p,
      categories: proto.categories,
      attributes: checks.attributes(
        proto.attributes, "attributes", limit: Limits.itemAttributeCount),
      year: proto.hasYear ? proto.year : nil, price: proto.hasPrice ? proto.price : nil,
      imageURI: proto.imageUri,
      availableFromMilliseconds: proto.hasAvailableFrom
        ? checks.milliseconds(proto.availableFrom, "available_from") : nil,
      availableUntilMilliseconds: proto.hasAvailableUntil
        ? checks.milliseconds(proto.availableUntil, "available_until") : nil)
    if let from = availableFromMilliseconds, let until = availableUntilMilliseconds {
      checks.require(from < until, "available_until", "must be after available_from")
    }
  }

  /// The item of a message; throws INVALID_ARGUMENT where it breaks a limit.
  public init(proto: Recsys_Common_V1_Item) throws {
    self = try FieldChecks.collect { Item(proto: proto, &$0) }
  }

  /// As a message.
  public var proto: Recsys_Common_V1_Item {
    var message = Recsys_Common_V1_Item()
    message.id = externalID
    message.title = title
    message.description_p = description
    message.categories = categories
    message.attributes = attributes.mapValues(\.proto)
    if let year { message.year = year }
    if let price { message.price = price }
    message.imageUri = imageURI
    if let time = availableFromMilliseconds {
      message.availableFrom = Google_Protobuf_Timestamp(milliseconds: time)
    }
    if let time = availableUntilMilliseconds {
      message.availableUntil = Google_Protobuf_Timestamp(milliseconds: time)
    }
    return message
  }
}

extension FieldChecks {
  /// A list of at most 256 labels of 1 to 256 bytes.
  public mutating func labels(_ values: [String], _ field: String, atLeast least: Int = 0) {
    guard count(values.count, field, atLeast: least, atMost: Limits.listCount) else { return }
    for (index, value) in values.enumerated()
    where value.isEmpty || value.utf8.count > Limits.labelBytes {
      refuse("\(field)[\(index)]", "must be 1 to \(Limits.labelBytes) bytes long")
    }
  }
}
