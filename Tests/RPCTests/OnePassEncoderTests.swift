import Foundation
import RecommendationProtos
import SwiftProtobuf
import Testing

@testable import RPC

/// The encoder is held to SwiftProtobuf's own.
@Suite struct OnePassEncoderTests {
  /// The bytes of a message without maps of two or more entries, whose order is anybody's.
  private func expectSameBytes(
    _ message: some Message, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let ours = try OnePassEncoder.encode(message).withUnsafeBytes { Data($0) }
    let theirs: Data = try message.serializedBytes()
    #expect(ours == theirs, sourceLocation: sourceLocation)
  }

  @Test func nestedMessagesAndStrings() throws {
    let bytes = try #require(Data(base64Encoded: descriptorSetBase64))
    var set = try Google_Protobuf_FileDescriptorSet(serializedBytes: bytes)
    try expectSameBytes(set)
    // Proto 2: negative numbers, doubles, packed paths, fields that are not known here.
    var option = Google_Protobuf_UninterpretedOption()
    option.negativeIntValue = -7
    option.positiveIntValue = .max
    option.doubleValue = -.infinity
    option.stringValue = Data([0, 255, 7])
    var part = Google_Protobuf_UninterpretedOption.NamePart()
    part.namePart = "ü"
    part.isExtension = true
    option.name = [part, part]
    set.file[0].options.uninterpretedOption = [option]
    var location = Google_Protobuf_SourceCodeInfo.Location()
    location.path = [0, -1, 127, 128, .max, .min]
    location.span = [1]
    location.leadingDetachedComments = ["", "b"]
    set.file[0].sourceCodeInfo.location = [location]
    try expectSameBytes(set)
    let unknown: [UInt8] = [0xf8, 0x3f, 0x05, 0x0a, 0x01, 0x61]
    try expectSameBytes(Google_Protobuf_StringValue(serializedBytes: unknown))
  }

  @Test func everyScalar() throws {
    for value in [0, 1, 127, 128, 16_383, 16_384, Int64(Int32.max), .max, -1, .min] {
      try expectSameBytes(Google_Protobuf_Int64Value(value))
      try expectSameBytes(Google_Protobuf_UInt64Value(UInt64(bitPattern: value)))
      try expectSameBytes(Google_Protobuf_Int32Value(Int32(truncatingIfNeeded: value)))
      try expectSameBytes(Google_Protobuf_UInt32Value(UInt32(truncatingIfNeeded: value)))
      try expectSameBytes(Google_Protobuf_Duration(seconds: value, nanos: -3))
    }
    try expectSameBytes(Google_Protobuf_DoubleValue(-0.0))
    try expectSameBytes(Google_Protobuf_FloatValue(.nan))
    try expectSameBytes(Google_Protobuf_BoolValue(true))
    try expectSameBytes(Google_Protobuf_StringValue("日本"))
  }

  /// Below, at and above what is copied twice, and where lengths take another byte.
  @Test(arguments: [0, 1, 126, 127, 128, 1_023, 1_024, 1_025, 16_383, 16_384, 300_000])
  func bytesOfAnyLength(count: Int) throws {
    var matrix = Recsys_Common_V1_Matrix()
    matrix.rows = 3
    matrix.values = Data((0..<count).map { UInt8(truncatingIfNeeded: $0) })
    matrix.schemaFingerprint = .max
    matrix.stale = matrix.values
    try expectSameBytes(matrix)
    var request = Recsys_Ranking_V1_RankRequest()
    request.input.userFeatures = matrix
    request.input.itemFeatures = matrix
    request.input.itemKeys = (0..<UInt64(count % 700)).map { $0 &* 0x9E37_79B9_7F4A_7C15 }
    request.input.model.label = "production"
    try expectSameBytes(request)
  }

  @Test func packedNumbersAndEnumerations() throws {
    var response = Recsys_Candidates_V1_RetrieveResponse()
    var result = Recsys_Candidates_V1_SourceResult()
    result.itemKeys = [1, .max, 0]
    result.scores = [.nan, -1.5, 0]
    result.status = .timedOut
    response.results = [result, Recsys_Candidates_V1_SourceResult(), result]
    try expectSameBytes(response)
    var history = Recsys_Common_V1_History()
    history.timesMs = [.min, -1, .max]
    try expectSameBytes(history)
    var item = Recsys_Explanation_V1_SlateItem()
    item.sourceRanks = [0, 127, 128, .max]
    try expectSameBytes(item)
    var features = Recsys_Features_V1_RecordEventsResponse()
    features.stateVersions = [0, 1 << 35, .max]
    try expectSameBytes(features)
  }

  @Test func mapsAndRecursion() throws {
    var inner = Google_Protobuf_Value()
    for depth in 0..<20 {
      var fields = Google_Protobuf_Struct()
      fields.fields = ["depth \(depth)": inner]
      inner = Google_Protobuf_Value(structValue: fields)
    }
    try expectSameBytes(inner)
    var item = Recsys_Common_V1_Item()
    var value = Recsys_Common_V1_AttributeValue()
    value.texts.values = ["a", ""]
    item.attributes = ["tags": value]
    item.year = -1
    item.price = 0
    try expectSameBytes(item)
    // Entries of a map come in any order: the message is the same.
    for number in 0..<300 { item.attributes["k\(number)"] = value }
    let bytes = try OnePassEncoder.encode(item).withUnsafeBytes { Data($0) }
    #expect(try Recsys_Common_V1_Item(serializedBytes: bytes) == item)
  }

  @Test func aMessageThatLacksARequiredFieldIsRefused() {
    let part = Google_Protobuf_UninterpretedOption.NamePart()
    #expect(throws: BinaryEncodingError.missingRequiredFields) {
      try OnePassEncoder.encode(part)
    }
  }
}
