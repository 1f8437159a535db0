import RecommendationCore
import RecommendationProtos

extension AttributeValue {
  /// The value of a message; nil and a violation where it is none.
  public init?(proto: Recsys_Common_V1_AttributeValue, _ checks: inout FieldChecks) {
    switch proto.kind {
    case .text(let text):
      guard checks.text(text, "text", limit: Limits.descriptionBytes) else { return nil }
      self = .text(text)
    case .number(let number):
      guard checks.finite(number, "number") else { return nil }
      self = .number(number)
    case .flag(let flag):
      self = .flag(flag)
    case .texts(let list):
      guard checks.count(list.values.count, "texts.values", atMost: Limits.listCount) else {
        return nil
      }
      for (index, text) in list.values.enumerated() {
        checks.text(text, "texts.values[\(index)]", limit: Limits.labelBytes)
      }
      self = .texts(list.values)
    case nil:
      checks.refuse("", "must have a value: text, number, flag or texts")
      return nil
    }
  }

  /// As a message.
  public var proto: Recsys_Common_V1_AttributeValue {
    var message = Recsys_Common_V1_AttributeValue()
    switch self {
    case .text(let text): message.kind = .text(text)
    case .number(let number): message.kind = .number(number)
    case .flag(let flag): message.kind = .flag(flag)
    case .texts(let texts):
      var list = Recsys_Common_V1_StringList()
      list.values = texts
      message.kind = .texts(list)
    }
    return message
  }
}

extension FieldChecks {
  /// The attributes of a map field, with names and values checked.
  public mutating func attributes(
    _ protos: [String: Recsys_Common_V1_AttributeValue], _ field: String, limit: Int
  ) -> [String: AttributeValue] {
    guard count(protos.count, field, atMost: limit) else { return [:] }
    var values: [String: AttributeValue] = [:]
    values.reserveCapacity(protos.count)
    for (name, proto) in protos {
      within(field, key: name) { checks in
        checks.require(
          !name.isEmpty && name.utf8.count <= Limits.labelBytes, "",
          "must have a name of 1 to \(Limits.labelBytes) bytes")
        values[name] = AttributeValue(proto: proto, &checks)
      }
    }
    return values
  }
}
