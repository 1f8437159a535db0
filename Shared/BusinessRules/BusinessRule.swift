public import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// A business rule that was checked: what happens to which items, when.
public struct BusinessRule: Sendable {
  /// What happens to the items.
  public enum Kind: Sendable, Equatable {
    /// The items stand at the slot (from 1), in their order, if they are eligible.
    case pin(slot: Int, items: [ItemID])
    /// The items' scores move by so many standard deviations of the candidates' scores: up, or down where below 0.
    case move(Double)
    /// So many places of each slate are for the items.
    case quota(minimum: Int, maximum: Int?)
    /// The items are not recommended.
    case block
  }

  /// Unique in its book.
  public let id: String
  /// What happens to the items.
  public let kind: Kind
  /// The items meant.
  public let items: ItemFilter
  /// In force from this time on, Unix time in milliseconds.
  public let start: Int64
  /// In force until this time, Unix time in milliseconds.
  public let end: Int64
  /// Keys of the only surfaces where it is in force; empty: all.
  public let surfaces: [UInt64]
  /// Out of force whatever the time is.
  public let isDisabled: Bool

  /// Whether a moment, Unix time in milliseconds, lies between its start and its end.
  public func isWithin(_ now: Int64) -> Bool { now >= start && now < end }

  /// Whether it is in force at a moment on a surface (its key).
  public func isInForce(at now: Int64, surface: UInt64) -> Bool {
    !isDisabled && isWithin(now) && (surfaces.isEmpty || surfaces.contains(surface))
  }

  /// The rule of a message; what is wrong with it goes into the checks.
  init(_ proto: Recsys_Gateway_V1_BusinessRule, _ checks: inout FieldChecks) {
    checks.requiredText(proto.id, "id", limit: RuleBook.idBytes)
    let filter = checks.within("items") { ItemFilter(proto: proto.items, from: .client, &$0) }
    checks.require(
      !filter.isEmpty, "items", "is required: a rule without conditions would mean every item")
    id = proto.id
    items = filter
    kind = Self.kind(proto, filter, &checks)
    start = proto.hasStartTime ? checks.milliseconds(proto.startTime, "start_time") : .min
    end = proto.hasEndTime ? checks.milliseconds(proto.endTime, "end_time") : .max
    if checks.isClean { checks.require(start < end, "end_time", "must be after start_time") }
    if checks.count(proto.surfaces.count, "surfaces", atMost: RuleBook.surfaceCount) {
      for (index, name) in proto.surfaces.enumerated() {
        checks.requiredText(name, "surfaces[\(index)]", limit: Limits.nameBytes)
      }
    }
    surfaces = proto.surfaces.map { entityKey($0) }
    isDisabled = proto.disabled
  }

  private static func kind(
    _ proto: Recsys_Gateway_V1_BusinessRule, _ filter: ItemFilter, _ checks: inout FieldChecks
  ) -> Kind {
    let isPin = proto.kind == .pin
    checks.require(isPin || proto.slot == 0, "slot", "is for pins only")
    let isMove = proto.kind == .boost || proto.kind == .bury
    checks.require(isMove || proto.strength == 0, "strength", "is for boost and bury only")
    let isQuota = proto.kind == .quota
    checks.require(
      isQuota || (proto.minimum == 0 && !proto.hasMaximum), "minimum",
      "and maximum are for quotas only")
    switch proto.kind {
    case .pin:
      checks.range(proto.slot, "slot", 1...UInt32(RuleBook.greatestSlot))
      checks.require(
        !filter.allow.isEmpty, "items.allow_item_ids", "is required: a pin names its items")
      checks.require(
        filter.allow.count <= RuleBook.pinnedCount, "items.allow_item_ids",
        "must have at most \(RuleBook.pinnedCount) values for a pin")
      return .pin(slot: Int(proto.slot), items: filter.allow.withoutRepeats())
    case .boost, .bury:
      checks.require(
        proto.strength > 0 && proto.strength <= 10, "strength", "must be above 0, and at most 10")
      return .move(proto.kind == .boost ? proto.strength : -proto.strength)
    case .quota:
      let limit = UInt32(Limits.slateCount)
      checks.range(proto.minimum, "minimum", 0...limit)
      if proto.hasMaximum {
        checks.require(
          proto.maximum >= proto.minimum && proto.maximum <= limit, "maximum",
          "must not be below minimum, and at most \(limit)")
      } else {
        checks.require(proto.minimum > 0, "minimum", "is required unless maximum is set")
      }
      return .quota(
        minimum: Int(proto.minimum), maximum: proto.hasMaximum ? Int(proto.maximum) : nil)
    case .block: return .block
    case .unspecified, .UNRECOGNIZED:
      checks.refuse("kind", "is required: pin, boost, bury, quota or block")
      return .block
    }
  }
}
