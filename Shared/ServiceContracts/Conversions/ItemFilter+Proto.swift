import RecommendationCore
import RecommendationProtos

/// Who wrote a message: clients speak in external ids, services in keys.
public enum MessageOrigin: Sendable {
  case client
  case service
}

extension ItemFilter {
  /// The filter of a message, with every limit of the proto checked.
  public init(
    proto: Recsys_Common_V1_ItemFilter, from origin: MessageOrigin, _ checks: inout FieldChecks
  ) {
    checks.labels(proto.anyCategories, "any_categories")
    checks.labels(proto.noneCategories, "none_categories")
    self.init(
      anyCategories: proto.anyCategories, noneCategories: proto.noneCategories,
      ranges: Self.ranges(proto.ranges, &checks),
      attributes: Self.matches(proto.attributes, &checks))
    switch origin {
    case .client:
      let rule = "is for use between services; give external ids"
      checks.require(proto.allowItemKeys.isEmpty, "allow_item_keys", rule)
      checks.require(proto.denyItemKeys.isEmpty, "deny_item_keys", rule)
      checks.ids(proto.allowItemIds, "allow_item_ids", limit: Limits.filterIDCount)
      checks.ids(proto.denyItemIds, "deny_item_ids", limit: Limits.filterIDCount)
      allow = proto.allowItemIds.map { ItemID(external: $0) }
      deny = proto.denyItemIds.map { ItemID(external: $0) }
    case .service:
      let rule = "must not travel between services; give keys"
      checks.require(proto.allowItemIds.isEmpty, "allow_item_ids", rule)
      checks.require(proto.denyItemIds.isEmpty, "deny_item_ids", rule)
      checks.keys(proto.allowItemKeys, "allow_item_keys", limit: Limits.filterIDCount)
      checks.keys(proto.denyItemKeys, "deny_item_keys", limit: Limits.filterIDCount)
      allow = proto.allowItemKeys.map { ItemID(rawValue: $0) }
      deny = proto.denyItemKeys.map { ItemID(rawValue: $0) }
    }
  }

  /// The filter of a message; throws INVALID_ARGUMENT where it breaks a limit.
  public init(proto: Recsys_Common_V1_ItemFilter, from origin: MessageOrigin) throws {
    self = try FieldChecks.collect { ItemFilter(proto: proto, from: origin, &$0) }
  }

  /// As a message between services: keys only.
  public var proto: Recsys_Common_V1_ItemFilter {
    var message = Recsys_Common_V1_ItemFilter()
    message.anyCategories = anyCategories
    message.noneCategories = noneCategories
    message.ranges = ranges.map { range in
      var proto = Recsys_Common_V1_NumericRange()
      proto.attribute = range.attribute
      if let minimum = range.minimum { proto.min = minimum }
      if let maximum = range.maximum { proto.max = maximum }
      return proto
    }
    message.attributes = attributes.map { match in
      var proto = Recsys_Common_V1_AttributeMatch()
      proto.attribute = match.attribute
      proto.anyValues = match.anyValues
      return proto
    }
    message.allowItemKeys = allow.map(\.rawValue)
    message.denyItemKeys = deny.map(\.rawValue)
    return message
  }

  private static func ranges(
    _ protos: [Recsys_Common_V1_NumericRange], _ checks: inout FieldChecks
  ) -> [Range] {
    guard checks.count(protos.count, "ranges", atMost: Limits.filterConditionCount) else {
      return []
    }
    return protos.enumerated().map { index, proto in
      checks.within("ranges", index) { checks in
        checks.requiredText(proto.attribute, "attribute", limit: Limits.labelBytes)
        checks.require(proto.hasMin || proto.hasMax, "min", "is required unless max is set")
        if proto.hasMin { checks.finite(proto.min, "min") }
        if proto.hasMax { checks.finite(proto.max, "max") }
        if proto.hasMin, proto.hasMax {
          checks.require(!(proto.min > proto.max), "min", "must not be above max")
        }
        return Range(
          attribute: proto.attribute, minimum: proto.hasMin ? proto.min : nil,
          maximum: proto.hasMax ? proto.max : nil)
      }
    }
  }

  private static func matches(
    _ protos: [Recsys_Common_V1_AttributeMatch], _ checks: inout FieldChecks
  ) -> [Match] {
    guard checks.count(protos.count, "attributes", atMost: Limits.filterConditionCount) else {
      return []
    }
    return protos.enumerated().map { index, proto in
      checks.within("attributes", index) { checks in
        checks.requiredText(proto.attribute, "attribute", limit: Limits.labelBytes)
        checks.labels(proto.anyValues, "any_values", atLeast: 1)
        return Match(attribute: proto.attribute, anyValues: proto.anyValues)
      }
    }
  }
}
