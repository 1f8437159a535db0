public import LinearAlgebra

/// What index to build over vectors.
public enum VectorIndexKind: Sendable, Equatable {
  /// Exact for few vectors, approximate for many.
  case automatic
  /// All vectors are looked at.
  case exact
  /// Through FAISS.
  case faiss(FaissIndex.Configuration)

  /// With ``automatic``: fewer vectors than this are searched exactly.
  public static let exactBelow = 20_000

  /// Builds it; long work for many vectors.
  ///
  /// - Throws: ``VectorSearchError`` when a value is not finite or the library refuses.
  public func build(_ vectors: Matrix) throws -> any VectorIndex {
    guard vectors.values.allSatisfy(\.isFinite) else {
      throw VectorSearchError(.invalidArgument, "a vector has a value that is not finite")
    }
    switch self {
    case .exact: return ExactIndex(vectors)
    case .automatic:
      if vectors.rows < Self.exactBelow { return ExactIndex(vectors) }
      let lists = max(1, Int(4 * Double(vectors.rows).squareRoot()))
      return try FaissIndex(
        vectors,
        configuration: .init(factory: "IVF\(lists),Flat", probes: max(16, lists / 8)))
    case .faiss(let configuration):
      if vectors.rows == 0 { return ExactIndex(vectors) }
      return try FaissIndex(vectors, configuration: configuration)
    }
  }
}
