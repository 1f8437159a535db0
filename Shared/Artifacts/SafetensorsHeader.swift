import Foundation

/// The checked header of a safetensors file: what tensors lie where.
///
/// The format (github.com/huggingface/safetensors): eight bytes with the little-endian length N of
/// the header, N bytes of JSON, then the tensors' bytes, back to back. A file is refused unless its
/// tensors cover the rest of the file exactly: no hole, no overlap, no byte beyond the end.
struct SafetensorsHeader {
  /// Where a tensor lies.
  struct Entry {
    let type: TensorType
    let shape: [Int]
    /// Offset from the beginning of the file.
    let offset: Int
    let byteCount: Int
  }

  /// The official reader's bound; a larger header is an attack or a mistake.
  static let maximumHeaderBytes = 100_000_000

  let entries: [String: Entry]
  let metadata: [String: String]

  /// Reads and checks the header of a whole file.
  init(file: UnsafeRawBufferPointer) throws {
    guard file.count >= 8 else { throw Self.malformed("shorter than the 8 bytes of its length") }
    let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.maximumHeaderBytes), Int(length) <= file.count - 8 else {
      throw Self.malformed("a header of \(length) bytes in a file of \(file.count)")
    }
    let json = UnsafeRawBufferPointer(rebasing: file[8..<(8 + Int(length))])
    guard json.first == UInt8(ascii: "{") else {
      throw Self.malformed("the header does not begin with {")
    }
    let parsed: Parsed
    do {
      parsed = try JSONDecoder().decode(Parsed.self, from: Data(json))
    } catch {
      throw ArtifactError(.malformed, "not a safetensors file: bad header", cause: error)
    }
    let dataStart = 8 + Int(length)
    entries = try Self.checked(parsed.tensors, dataStart: dataStart, fileBytes: file.count)
    metadata = parsed.metadata
  }

  private static func checked(
    _ tensors: [String: Parsed.Tensor], dataStart: Int, fileBytes: Int
  ) throws -> [String: Entry] {
    var entries: [String: Entry] = [:]
    entries.reserveCapacity(tensors.count)
    var expectedBegin = 0
    let ordered = tensors.sorted {
      ($0.value.begin, $0.value.end, $0.key) < ($1.value.begin, $1.value.end, $1.key)
    }
    for (name, tensor) in ordered {
      guard let type = TensorType(rawValue: tensor.dtype) else {
        throw malformed("tensor \(name) has the unknown type \(tensor.dtype)")
      }
      guard let count = elementCount(tensor.shape) else {
        throw malformed("tensor \(name) has the impossible shape \(tensor.shape)")
      }
      let (bytes, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
      guard tensor.begin == expectedBegin, tensor.end >= tensor.begin, !overflow,
        tensor.end - tensor.begin == bytes
      else {
        throw malformed(
          "tensor \(name) leaves a hole, overlaps, or has another size than its shape")
      }
      expectedBegin = tensor.end
      entries[name] = Entry(
        type: type, shape: tensor.shape, offset: dataStart &+ tensor.begin, byteCount: bytes)
    }
    guard expectedBegin == fileBytes - dataStart else {
      throw malformed(
        "its tensors have \(expectedBegin) bytes, the file has \(fileBytes - dataStart) for them")
    }
    return entries
  }

  private static func malformed(_ reason: String) -> ArtifactError {
    ArtifactError(.malformed, "not a safetensors file: \(reason)")
  }
}

/// The header's JSON: tensors by name, and `__metadata__`.
private struct Parsed: Decodable {
  struct Tensor: Decodable {
    let dtype: String
    let shape: [Int]
    let begin: Int
    let end: Int

    enum Keys: String, CodingKey { case dtype, shape, offsets = "data_offsets" }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Keys.self)
      dtype = try container.decode(String.self, forKey: .dtype)
      shape = try container.decode([Int].self, forKey: .shape)
      let offsets = try container.decode([Int].self, forKey: .offsets)
      guard offsets.count == 2, offsets[0] >= 0 else {
        throw DecodingError.dataCorruptedError(
          forKey: .offsets, in: container, debugDescription: "two offsets of at least 0 wanted")
      }
      begin = offsets[0]
      end = offsets[1]
    }
  }

  struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  var tensors: [String: Tensor] = [:]
  var metadata: [String: String] = [:]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: AnyKey.self)
    for key in container.allKeys {
      if key.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        tensors[key.stringValue] = try container.decode(Tensor.self, forKey: key)
      }
    }
  }
}
