/// The tensors of an open file, mapped into memory and read where they lie.
public struct MappedSafetensors: Sendable {
  private let file: MappedFile
  private let entries: [String: SafetensorsHeader.Entry]
  /// The file's own text metadata.
  public let metadata: [String: String]

  init(file: MappedFile, header: SafetensorsHeader) {
    self.file = file
    entries = header.entries
    metadata = header.metadata
  }

  /// Names of all tensors, sorted.
  public var names: [String] { entries.keys.sorted() }

  /// Type of a tensor; nil when there is none of this name.
  public func type(of name: String) -> TensorType? { entries[name]?.type }

  /// Shape of a tensor; nil when there is none of this name.
  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// Lends a tensor's values, row-major, as they lie in the mapped file.
  ///
  /// The buffer must not leave the closure.
  ///
  /// - Throws: ``ArtifactError`` when there is no such tensor, it holds another type, or it does not
  ///   lie on a boundary of its element (use ``values(_:as:shape:)`` for such a file).
  public func withTensor<Scalar: TensorScalar, Result>(
    _ name: String, as type: Scalar.Type, _ body: (UnsafeBufferPointer<Scalar>) throws -> Result
  ) throws -> Result {
    let bytes = try bytes(name, Scalar.tensorType)
    guard let start = bytes.baseAddress, !bytes.isEmpty else {
      return try body(UnsafeBufferPointer(start: nil, count: 0))
    }
    guard UInt(bitPattern: start) % UInt(MemoryLayout<Scalar>.alignment) == 0 else {
      throw ArtifactError(.malformed, "tensor \(name) does not lie on a boundary of its elements")
    }
    return try bytes.withMemoryRebound(to: Scalar.self, body)
  }

  /// A copy of a tensor's values, row-major, wherever they lie.
  ///
  /// - Parameter shape: when given, the tensor must have it; -1 stands for any extent.
  /// - Throws: ``ArtifactError`` when there is no such tensor or it has another type or shape.
  public func values<Scalar: TensorScalar>(
    _ name: String, as type: Scalar.Type, shape: [Int]? = nil
  ) throws -> [Scalar] {
    let bytes = try bytes(name, Scalar.tensorType)
    if let shape, let actual = self.shape(of: name) {
      guard shape.count == actual.count, zip(shape, actual).allSatisfy({ $0 == -1 || $0 == $1 })
      else {
        throw ArtifactError(
          .malformed, "tensor \(name) has shape \(actual), wanted \(shape) (-1: any)")
      }
    }
    let count = bytes.count / MemoryLayout<Scalar>.stride
    return [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
      initialized = count
    }
  }

  private func bytes(_ name: String, _ type: TensorType) throws -> UnsafeRawBufferPointer {
    guard let entry = entries[name] else {
      throw ArtifactError(
        .notFound, "no tensor \(name); there are: \(names.joined(separator: ", "))")
    }
    guard entry.type == type else {
      throw ArtifactError(
        .malformed, "tensor \(name) holds \(entry.type.rawValue), wanted \(type.rawValue)")
    }
    return UnsafeRawBufferPointer(
      rebasing: file.bytes[entry.offset..<(entry.offset + entry.byteCount)])
  }
}
