public import LinearAlgebra

/// What index to build over vectors.
public enum VectorIndexKind: Sendable, Equatable {
  /// Exact for few vectors, an inverted file for many.
  case automatic
  /// All vectors are looked at.
  case exact
  /// Our own inverted file.
  case inverted(InvertedFileIndex.Configuration)
  /// Through FAISS.
  case faiss(FaissIndex.Configuration)

  /// With ``automatic``: fewer vectors than this are searched exactly; see `Deploy/bench retrieval`.
  public static let exactBelow = 20_000

  /// A kind by its name in a settings file: `auto`, `exact`, `ivf4`, or a FAISS factory string.
  ///
  /// - Parameters:
  ///   - count: how many vectors it is for.
  ///   - exactBelow: with `auto`, fewer vectors are searched exactly; with FAISS, fewer allowed ones.
  public init(name: String, count: Int, exactBelow: Int = Self.exactBelow) {
    switch name {
    case "auto": self = count < exactBelow ? .exact : .inverted(.init())
    case "exact": self = .exact
    case "ivf4": self = .inverted(.init())
    default: self = .faiss(.init(factory: name, exactRowLimit: exactBelow))
    }
  }

  /// Builds it; long work for many vectors.
  ///
  /// - Throws: ``VectorSearchError`` when a value is not finite or the library refuses.
  public func build(_ vectors: Matrix) throws -> any VectorIndex {
    guard vectors.isFinite else {
      throw VectorSearchError(.invalidArgument, "a vector has a value that is not finite")
    }
    // No other index can be built over nothing.
    if vectors.rows == 0 { return ExactIndex(vectors) }
    switch self {
    case .exact: return ExactIndex(vectors)
    case .automatic:
      return vectors.rows < Self.exactBelow
        ? ExactIndex(vectors) : try InvertedFileIndex(vectors)
    case .inverted(let configuration):
      return try InvertedFileIndex(vectors, configuration: configuration)
    case .faiss(let configuration): return try FaissIndex(vectors, configuration: configuration)
    }
  }
}
