import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Testing

@Suite struct ItemConversionTests {
  static let item = Item(
    externalID: "m1", title: "Amélie", description: "A shy waitress", categories: ["Comedy"],
    attributes: [
      "director": .text("Jeunet"), "minutes": .number(122), "colour": .flag(true),
      "cast": .texts(["Tautou", "Kassovitz"]),
    ], year: 2001, price: 3.5, imageURI: "m1.png", availableFromMilliseconds: -1_500,
    availableUntilMilliseconds: 4_102_444_800_001)

  @Test("an item comes back from the wire as it went")
  func roundTrip() throws {
    let bytes = try Self.item.proto.serializedBytes() as [UInt8]
    #expect(try Item(proto: Recsys_Common_V1_Item(serializedBytes: bytes)) == Self.item)
    let bare = Item(externalID: "x", title: "X")
    #expect(try Item(proto: bare.proto) == bare)
  }

  @Test("every mistake of an item is told, with the path of its field")
  func violations() {
    var proto = Self.item.proto
    proto.id = String(repeating: "a", count: 257)
    proto.title = ""
    proto.price = -1
    proto.categories = ["ok", ""]
    proto.attributes = ["a": Recsys_Common_V1_AttributeValue()]
    proto.availableUntil = proto.availableFrom
    #expect(
      fields { try Item(proto: proto) } == [
        "attributes[\"a\"]", "available_until", "categories[1]", "id", "price", "title",
      ])
  }

  @Test("numbers that are not finite and timestamps that are none are refused")
  func notFinite() {
    var proto = Self.item.proto
    proto.price = .nan
    proto.attributes = ["n": AttributeValue.number(.infinity).proto]
    proto.availableFrom.nanos = -1
    #expect(
      fields { try Item(proto: proto) } == [
        "attributes[\"n\"].number", "available_from", "price",
      ])
  }

  @Test("a request with thousands of mistakes is answered with a bounded list")
  func boundedViolations() throws {
    var checks = FieldChecks()
    for index in 0..<5_000 {
      checks.within("items", index) { _ = Item(proto: Recsys_Common_V1_Item(), &$0) }
    }
    #expect(checks.violations.count == FieldChecks.limit)
    #expect(checks.violations.first?.field == "items[0].id")
  }
}

/// The fields that a failing conversion names, sorted; empty when it succeeds or fails otherwise.
func fields(_ body: () throws -> some Any) -> [String] {
  do {
    _ = try body()
    return []
  } catch let error as RPCError {
    guard error.code == .invalidArgument else { return ["\(error)"] }
    return error.details.flatMap { detail in
      if case .badRequest(let violations) = detail { return violations.map(\.field) }
      return []
    }.sorted()
  } catch {
    return ["\(error)"]
  }
}
