import Foundation

/// Writes and opens safetensors files (github.com/huggingface/safetensors), so that models can be
/// exchanged with any Python library that reads the format.
public enum SafetensorsFile {
  /// Writes tensors and text metadata, and syncs the file to disk.
  ///
  /// The data begin on a 64-byte boundary and wide types come first, so that every tensor lies on a
  /// boundary of its own element.
  ///
  /// - Throws: ``ArtifactError`` when a name is reserved or the file cannot be written.
  public static func write(
    _ tensors: [String: TensorData], metadata: [String: String] = [:], to path: String
  ) throws {
    guard tensors["__metadata__"] == nil else {
      throw ArtifactError(.invalidArgument, "a tensor cannot be called __metadata__")
    }
    let ordered = tensors.sorted {
      ($1.value.type.byteCount, $0.key) < ($0.value.type.byteCount, $1.key)
    }
    let file = try FileHandleWriter(path: path)
    try file.write(try header(ordered, metadata))
    for (_, tensor) in ordered { try tensor.withBytes { try file.write($0) } }
    try file.sync()
  }

  /// Maps a file into memory after checking all of its header.
  ///
  /// - Throws: ``ArtifactError`` when the file cannot be read or breaks the format.
  public static func open(_ path: String) throws -> MappedSafetensors {
    let file = try MappedFile(path: path)
    do {
      return MappedSafetensors(file: file, header: try SafetensorsHeader(file: file.bytes))
    } catch let error as ArtifactError {
      throw ArtifactError(error.code, "\(path): \(error.message)", cause: error.cause)
    }
  }

  private static func header(
    _ tensors: [(key: String, value: TensorData)], _ metadata: [String: String]
  ) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var fields: [String: HeaderField] = [:]
    var offset = 0
    for (name, tensor) in tensors {
      let end = offset + tensor.byteCount
      fields[name] = .tensor(
        dtype: tensor.type.rawValue, shape: tensor.shape, offsets: [offset, end])
      offset = end
    }
    if !metadata.isEmpty { fields["__metadata__"] = .metadata(metadata) }
    var json = [UInt8](try encoder.encode(fields))
    while (8 + json.count) % 64 != 0 { json.append(UInt8(ascii: " ")) }
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
  }

  private enum HeaderField: Encodable {
    case tensor(dtype: String, shape: [Int], offsets: [Int])
    case metadata([String: String])

    enum Keys: String, CodingKey { case dtype, shape, offsets = "data_offsets" }

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .metadata(let values): try values.encode(to: encoder)
      case .tensor(let dtype, let shape, let offsets):
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(dtype, forKey: .dtype)
        try container.encode(shape, forKey: .shape)
        try container.encode(offsets, forKey: .offsets)
      }
    }
  }
}
