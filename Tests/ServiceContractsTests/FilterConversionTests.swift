import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Testing

@Suite struct FilterConversionTests {
  static let filter = ItemFilter(
    anyCategories: ["Drama"], noneCategories: ["Horror"],
    ranges: [.init(attribute: "year", minimum: 1990), .init(attribute: "price", maximum: 9.5)],
    attributes: [.init(attribute: "director", anyValues: ["Kieślowski"])],
    allow: [ItemID(external: "1"), ItemID(external: "2")], deny: [ItemID(external: "3")])

  @Test("a filter comes back from the wire as it went")
  func roundTrip() throws {
    #expect(try ItemFilter(proto: Self.filter.proto, from: .service) == Self.filter)
    #expect(try ItemFilter(proto: ItemFilter().proto, from: .service).isEmpty)
  }

  @Test("a client gives external ids, which become keys")
  func clientIDs() throws {
    var proto = Recsys_Common_V1_ItemFilter()
    proto.allowItemIds = ["1", "2"]
    proto.denyItemIds = ["3"]
    let filter = try ItemFilter(proto: proto, from: .client)
    #expect(filter.allow == Self.filter.allow)
    #expect(filter.deny == Self.filter.deny)
  }

  @Test("keys from a client and ids between services are refused")
  func origins() {
    let keys = Self.filter.proto
    #expect(
      fields { try ItemFilter(proto: keys, from: .client) } == [
        "allow_item_keys", "deny_item_keys",
      ])
    var ids = Recsys_Common_V1_ItemFilter()
    ids.denyItemIds = ["3"]
    #expect(fields { try ItemFilter(proto: ids, from: .service) } == ["deny_item_ids"])
  }

  @Test("a bad bound is named by its place in the list")
  func ranges() {
    var proto = Self.filter.proto
    proto.ranges[1].max = .nan
    proto.ranges.append(Recsys_Common_V1_NumericRange())
    var crossed = proto.ranges[0]
    crossed.max = 1980
    proto.ranges.append(crossed)
    #expect(
      fields { try ItemFilter(proto: proto, from: .service) } == [
        "ranges[1].max", "ranges[2].attribute", "ranges[2].min", "ranges[3].min",
      ])
    let nested = fields {
      try FieldChecks.collect { checks in
        checks.within("filter") { ItemFilter(proto: proto, from: .service, &$0) }
      }
    }
    #expect(nested.first == "filter.ranges[1].max")
  }

  @Test("limits on lists hold at the limit and fail just above it")
  func limits() {
    var proto = Recsys_Common_V1_ItemFilter()
    proto.allowItemIds = (0..<10_000).map(String.init)
    proto.anyCategories = (0..<256).map(String.init)
    #expect(fields { try ItemFilter(proto: proto, from: .client) }.isEmpty)
    proto.allowItemIds.append("one more")
    proto.anyCategories.append("one more")
    proto.attributes = [Recsys_Common_V1_AttributeMatch()]
    #expect(
      fields { try ItemFilter(proto: proto, from: .client) } == [
        "allow_item_ids", "any_categories", "attributes[0].any_values", "attributes[0].attribute",
      ])
  }
}
