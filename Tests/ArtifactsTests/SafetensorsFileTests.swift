import Artifacts
import Foundation
import RecommendationCore
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory("safetensors") }

  private func writeRaw(_ header: String, data: [UInt8] = [], length: UInt64? = nil) throws
    -> String
  {
    let path = folder.path("raw-\(UUID().uuidString)")
    let count = length ?? UInt64(header.utf8.count)
    let bytes = withUnsafeBytes(of: count.littleEndian) { Array($0) } + Array(header.utf8) + data
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let path = folder.path("model.safetensors")
    let floats = (0..<15).map { Float($0) / 7 }
    try SafetensorsFile.write(
      [
        "bytes": TensorData([1, 2, 3] as [UInt8]),
        "factors": TensorData(floats, shape: [5, 3]),
        "keys": TensorData([UInt64.max, 0, 7] as [UInt64]),
        "empty": TensorData([Float](), shape: [0, 64]),
      ], metadata: ["made": "here"], to: path)
    let file = try SafetensorsFile.open(path)
    #expect(file.names == ["bytes", "empty", "factors", "keys"])
    #expect(file.metadata == ["made": "here"])
    #expect(file.shape(of: "factors") == [5, 3])
    #expect(file.type(of: "keys") == .uint64)
    #expect(try file.withTensor("factors", as: Float.self) { Array($0) } == floats)
    #expect(try file.values("keys", as: UInt64.self) == [UInt64.max, 0, 7])
    #expect(try file.values("bytes", as: UInt8.self, shape: [-1]) == [1, 2, 3])
    #expect(try file.withTensor("empty", as: Float.self) { $0.count } == 0)
  }

  @Test func askingForAnotherTypeShapeOrNameIsAnError() throws {
    let path = folder.path("one.safetensors")
    try SafetensorsFile.write(["a": TensorData([1, 2] as [Float])], to: path)
    let file = try SafetensorsFile.open(path)
    #expect(throws: ArtifactError.self) { try file.values("b", as: Float.self) }
    #expect(throws: ArtifactError.self) { try file.values("a", as: Int32.self) }
    #expect(throws: ArtifactError.self) { try file.values("a", as: Float.self, shape: [3]) }
    #expect(throws: ArtifactError.self) { try TensorData([1, 2] as [Float], shape: [3]) }
  }

  @Test(arguments: [
    ("", 0),
    ("{", 0),
    ("[]", 0),
    (#"{"a":1}"#, 0),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 9),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12),
    (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8),
    (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8),
    (#"{"a":{"dtype":"Q99","shape":[2],"data_offsets":[0,8]}}"#, 8),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, 8),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, 8),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,1e300]}}"#, 8),
    (#"{"a":{"dtype":"F64","shape":[9223372036854775807,2],"data_offsets":[0,8]}}"#, 8),
    (#"{"a":{"dtype":"F64","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
      12
    ),
    (#"{"__metadata__":{"a":1}}"#, 0),
  ])
  func aHeaderThatBreaksTheRulesIsRefused(_ header: String, _ dataBytes: Int) throws {
    let path = try writeRaw(header, data: [UInt8](repeating: 0, count: dataBytes))
    let error = #expect(throws: ArtifactError.self) { try SafetensorsFile.open(path) }
    #expect(error?.code == .malformed)
    #expect(error?.description.contains("safetensors") == true)
  }

  @Test func aHeaderLengthBeyondTheFileIsRefused() throws {
    for length in [3, 1 << 40, UInt64.max, UInt64(Int64.max)] {
      let path = try writeRaw("{}", length: length)
      #expect(throws: ArtifactError.self) { try SafetensorsFile.open(path) }
    }
  }

  @Test func deeplyNestedJSONIsAnErrorNotACrash() throws {
    let depth = 100_000
    let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    let path = try writeRaw("{\"a\":\(nested)}")
    #expect(throws: ArtifactError.self) { try SafetensorsFile.open(path) }
  }

  @Test func everyTruncationIsRefused() throws {
    let path = folder.path("whole.safetensors")
    try SafetensorsFile.write(["a": TensorData([1, 2, 3] as [Float])], to: path)
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    for count in 0..<whole.count {
      let cut = folder.path("cut")
      try whole.prefix(count).write(to: URL(fileURLWithPath: cut))
      #expect(throws: ArtifactError.self) { try SafetensorsFile.open(cut) }
    }
  }

  @Test func randomDamageNeverCrashes() throws {
    let path = folder.path("whole.safetensors")
    try SafetensorsFile.write(
      ["a": TensorData([1, 2, 3] as [Float]), "b": TensorData([5] as [UInt64])], to: path)
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<500 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
          UInt8.random(in: 0...255, using: &generator)
      }
      let damaged = folder.path("damaged")
      try bytes.write(to: URL(fileURLWithPath: damaged))
      guard let file = try? SafetensorsFile.open(damaged) else { continue }
      for name in file.names { _ = try? file.values(name, as: Float.self) }
    }
  }

  @Test func aTensorOffItsBoundaryIsCopiedButNotLent() throws {
    let header = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    #expect(header.utf8.count % 4 != 0)
    let path = try writeRaw(header, data: [0, 0, 128, 63])
    let file = try SafetensorsFile.open(path)
    #expect(try file.values("a", as: Float.self) == [1])
    #expect(throws: ArtifactError.self) { try file.withTensor("a", as: Float.self) { $0.count } }
  }

  @Test func aFolderOrAMissingFileIsAnError() {
    #expect(throws: ArtifactError.self) { try SafetensorsFile.open(folder.url.path) }
    #expect(throws: ArtifactError.self) { try SafetensorsFile.open(folder.path("none")) }
  }
}
