import Artifacts

/// The learned values of a neural model, by name, as they go into a safetensors file.
public struct NamedWeights: Sendable, Equatable {
  /// A tensor.
  public struct Entry: Sendable, Equatable {
    /// Row-major.
    public var values: [Float]
    /// Extents, outermost first.
    public var shape: [Int]

    /// A tensor.
    public init(values: [Float], shape: [Int]) {
      self.values = values
      self.shape = shape
    }
  }

  private var entries: [String: Entry] = [:]

  /// None.
  public init() {}

  /// The tensor of a name.
  public subscript(name: String) -> Entry? {
    get { entries[name] }
    set { entries[name] = newValue }
  }

  /// Names, sorted.
  public var names: [String] { entries.keys.sorted() }

  /// The values of a tensor.
  ///
  /// - Throws: ``RecommenderError/Code/invalidArgument`` when there is none of this name and shape, or a value
  ///   is not finite.
  public func values(_ name: String, _ shape: [Int]) throws -> [Float] {
    guard let entry = entries[name] else {
      throw RecommenderError(.invalidArgument, "the weights have no \(name)")
    }
    guard entry.shape == shape, entry.values.count == shape.reduce(1, *) else {
      throw RecommenderError(
        .invalidArgument, "\(name) has shape \(entry.shape), wanted \(shape)")
    }
    guard entry.values.allSatisfy(\.isFinite) else {
      throw RecommenderError(.numericFailure, "\(name) holds a value that is not finite")
    }
    return entry.values
  }

  /// Reads a file.
  ///
  /// - Throws: `ArtifactError` when it cannot be read or breaks the format.
  /// - Returns: the weights, and the file's text metadata.
  public static func read(_ path: String) throws -> (
    weights: NamedWeights, metadata: [String: String]
  ) {
    let file = try SafetensorsFile.open(path)
    var weights = NamedWeights()
    for name in file.names {
      weights[name] = Entry(
        values: try file.values(name, as: Float.self), shape: file.shape(of: name) ?? [])
    }
    return (weights, file.metadata)
  }

  /// Writes a file.
  ///
  /// - Throws: `ArtifactError` when it cannot be written.
  public func write(to path: String, metadata: [String: String]) throws {
    try SafetensorsFile.write(
      try entries.mapValues { try TensorData($0.values, shape: $0.shape) }, metadata: metadata,
      to: path)
  }
}
