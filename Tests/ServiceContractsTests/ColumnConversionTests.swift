import Foundation
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Testing

@Suite struct ColumnConversionTests {
  @Test("a matrix comes back from the wire bit for bit, NaN and bitmaps included")
  func matrix() throws {
    let matrix = try #require(
      FeatureMatrix(
        rows: 3, columns: 3, values: [1, -0.0, .nan, 4, 5, 6, 7, 8, .leastNonzeroMagnitude],
        presence: [0b1111_1011, 1], stale: [2, 0]))
    let bytes = try matrix.proto(fingerprint: 77).serializedBytes() as [UInt8]
    let proto = try Recsys_Common_V1_Matrix(serializedBytes: bytes)
    let back = try FeatureMatrix(proto: proto, fingerprint: 77)
    #expect(back.values.map(\.bitPattern) == matrix.values.map(\.bitPattern))
    #expect(back.presence == matrix.presence)
    #expect(!back.isPresent(row: 0, column: 2))
    #expect(back.isStale(row: 0, column: 1))
    #expect(back.rows == 3)
    #expect(back.columns == 3)
  }

  @Test("values lie little-endian and row-major on the wire")
  func layout() {
    let matrix = FeatureMatrix(rows: 1, columns: 2, repeating: 1)
    #expect(matrix.proto().values == Data([0, 0, 0x80, 0x3f, 0, 0, 0x80, 0x3f]))
  }

  @Test("a slice of data that does not start at 0 is read from its own start")
  func slices() throws {
    var proto = FeatureMatrix(rows: 1, columns: 1, repeating: 1).proto()
    proto.values = (Data([9, 9, 9]) + proto.values).dropFirst(3)
    #expect(try FeatureMatrix(proto: proto).values == [1])
  }

  @Test("sizes that do not fit are refused, also those that would overflow")
  func badShapes() {
    var proto = FeatureMatrix(rows: 2, columns: 2).proto(fingerprint: 1)
    proto.presence = Data([1, 2])
    #expect(
      fields { try FeatureMatrix(proto: proto, fingerprint: 2) } == [
        "presence", "schema_fingerprint",
      ])
    proto = FeatureMatrix(rows: 2, columns: 2).proto()
    proto.rows = 3
    #expect(fields { try FeatureMatrix(proto: proto) } == ["values"])
    proto.rows = .max
    proto.columns = .max
    #expect(fields { try FeatureMatrix(proto: proto) } == ["values"])
  }

  @Test("a history's columns must fit and its weights be finite")
  func history() throws {
    let history = History(
      items: [ItemID(rawValue: 5), ItemID(rawValue: 6)], weights: [1, -1],
      timesMilliseconds: [20, 10])
    #expect(try History(proto: history.proto) == history)
    var proto = history.proto
    proto.weights = [.nan]
    proto.itemKeys = [0, 1]
    #expect(
      fields { try History(proto: proto) } == ["item_keys[0]", "weights", "weights[0]"])
  }

  @Test("a feature set whose fingerprint is not its own is refused")
  func featureSets() throws {
    let set = FeatureSet([
      FeatureReference(view: "user", name: "a"),
      FeatureReference(view: "user", name: "b", version: 3),
    ])
    #expect(try FeatureSet(proto: set.proto) == set)
    var proto = set.proto
    proto.features.swapAt(0, 1)
    #expect(fields { try FeatureSet(proto: proto) } == ["fingerprint"])
    proto.features[0].version = 0
    proto.features[1].view = ""
    #expect(
      fields { try FeatureSet(proto: proto) } == [
        "features[0].version", "features[1].view", "fingerprint",
      ])
  }

  @Test("a context comes back from the wire as it went, with its default locale")
  func context() throws {
    let context = RequestContext(
      surface: "home", timeMilliseconds: 5, device: "tv", locale: "pl",
      attributes: ["age": .number(30)])
    #expect(try RequestContext(proto: context.proto) == context)
    #expect(try RequestContext(proto: Recsys_Common_V1_RequestContext()) == RequestContext())
    var proto = context.proto
    proto.surface = String(repeating: "s", count: 65)
    #expect(fields { try RequestContext(proto: proto) } == ["surface"])
  }
}
