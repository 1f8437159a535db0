internal import CVectors
public import LinearAlgebra

/// Approximate search through FAISS (Douze et al. 2024): inverted lists or HNSW, by factory string.
///
/// Filters are honoured with full lists, in the way that ``SearchPlan`` chooses:
/// - few allowed rows: exact search over just these;
/// - inverted file: the bitmap goes into FAISS, with more probes the deeper the search must look;
/// - HNSW (whose FAISS 1.7.3 filter loses a third of the neighbours and leaves slots empty): a wider
///   search, filtered afterwards.
/// Whatever comes back short is searched again exactly. Where FAISS keeps codes instead of vectors (PQ, SQ), the best
/// of several times as many candidates are scored again by the vectors.
///
/// HNSW finds neighbours, and the largest inner products need not be near one another: on vectors of very unequal
/// length it loses many (see `Deploy/bench retrieval`). Making the vectors equally long by one more value (Bachrach et
/// al. 2014) was measured on such vectors and lost more, so it is not done.
public final class FaissIndex: VectorIndex {
  /// How it is built and searched.
  public struct Configuration: Sendable, Equatable {
    /// e.g. "IVF256,Flat", "IVF256,PQ32np", "HNSW32,Flat". An inner product index.
    public var factory: String
    /// Inverted lists that a search without a filter visits.
    public var probes: Int
    /// Width of an HNSW search; at least k is used.
    public var searchWidth: Int
    /// Up to so many allowed rows, exact search over these is the faster way.
    public var exactRowLimit: Int
    /// OpenMP threads while building.
    public var buildThreads: Int

    /// Settings.
    public init(
      factory: String, probes: Int = 16, searchWidth: Int = 256, exactRowLimit: Int = 20_000,
      buildThreads: Int = 1
    ) {
      self.factory = factory
      self.probes = probes
      self.searchWidth = searchWidth
      self.exactRowLimit = exactRowLimit
      self.buildThreads = buildThreads
    }

    /// FAISS keeps codes, not the vectors.
    var isCoded: Bool { factory.contains("PQ") || factory.contains("SQ") }
    var isGraph: Bool { factory.hasPrefix("HNSW") }
  }

  /// How it is built and searched.
  public let configuration: Configuration
  private let exact: ExactIndex
  private let handle: FaissHandle
  /// A graph is of use while so many of the neighbours are allowed.
  private static let graphSelectivity = 0.3
  /// Candidates for each result, where these are scored again.
  private static let rescored = 4

  /// Builds an index over vectors; long work.
  ///
  /// - Throws: ``VectorSearchError`` when the factory string is refused or there are too few vectors.
  public init(_ vectors: Matrix, configuration: Configuration) throws {
    self.configuration = configuration
    exact = ExactIndex(vectors)
    handle = try vectors.withUnsafeValues { values in
      guard let start = values.baseAddress, !values.isEmpty else {
        throw VectorSearchError(.invalidArgument, "an index needs at least one vector")
      }
      return try FaissHandle.built(
        factory: configuration.factory, dimensions: vectors.columns, count: vectors.rows,
        vectors: start,
        parameters: configuration.isGraph ? [("efSearch", Double(configuration.searchWidth))] : [],
        threads: configuration.buildThreads)
    }
  }

  /// Reads an index that was saved, over the same vectors.
  ///
  /// - Throws: ``VectorSearchError`` when the file is not an index over as many vectors of that length.
  public init(_ vectors: Matrix, configuration: Configuration, path: String) throws {
    self.configuration = configuration
    exact = ExactIndex(vectors)
    handle = try FaissHandle.read(path)
    guard handle.count == vectors.rows, handle.dimensions == vectors.columns else {
      throw VectorSearchError(
        .indexFailure,
        "\(path) holds \(handle.count) vectors of \(handle.dimensions), "
          + "wanted \(vectors.rows) of \(vectors.columns)")
    }
  }

  /// Writes the index into a file.
  public func save(to path: String) throws { try handle.write(path) }

  /// Number of vectors.
  public var count: Int { exact.count }
  /// Length of a vector.
  public var dimensions: Int { exact.dimensions }
  /// What FAISS keeps: with Flat, a copy of the vectors as well.
  public var indexBytes: Int { handle.byteCount }

  /// The rows with the largest inner products, best first; ties by row.
  public func search(_ query: [Float], k: Int, filter: RowFilter?) throws -> [VectorHit] {
    let wanted = try resultCount(query, k, filter)
    guard wanted > 0 else { return [] }
    let restricting = filter.flatMap { $0.isUnrestricted ? nil : $0 }
    if let restricting, restricting.allowedCount <= max(configuration.exactRowLimit, 4 * wanted) {
      return try exact.search(query, k: k, filter: restricting)
    }
    let hits =
      handle.isInvertedFile
      ? try inInvertedFile(query, wanted, restricting)
      : try inGraph(query, wanted, restricting)
    guard hits.count == wanted else { return try exact.search(query, k: k, filter: filter) }
    return hits.sorted { ($1.score, $0.row) < ($0.score, $1.row) }
  }

  private func inInvertedFile(
    _ query: [Float], _ wanted: Int, _ filter: RowFilter?
  ) throws -> [VectorHit] {
    let width = max(
      1, SearchPlan.width(wanted: wanted, allowed: filter?.allowedCount ?? count))
    let probes = Int((Double(configuration.probes) * width).rounded(.up))
    guard configuration.isCoded else {
      return try handle.search(query, k: wanted, probes: probes, filter: filter)
    }
    let candidates = try handle.search(
      query, k: min(count, Self.rescored * wanted), probes: probes, filter: filter)
    return rescored(candidates, query, wanted)
  }

  /// The best of some candidates by the vectors themselves.
  private func rescored(
    _ candidates: [VectorHit], _ query: [Float], _ wanted: Int
  ) -> [VectorHit] {
    var scores = [Float](repeating: 0, count: candidates.count)
    exact.vectors.withUnsafeValues { values in
      guard let values = values.baseAddress else { return }
      cvectors_dot_rows(
        values, dimensions, candidates.map(\.row), candidates.count, query, &scores)
    }
    let hits = zip(candidates, scores).map { VectorHit(row: $0.row, score: $1) }
    return Array(hits.sorted { ($1.score, $0.row) < ($0.score, $1.row) }.prefix(wanted))
  }

  private func inGraph(
    _ query: [Float], _ wanted: Int, _ filter: RowFilter?
  ) throws -> [VectorHit] {
    guard let filter else { return try handle.search(query, k: wanted, probes: 0, filter: nil) }
    let widened = Int((Double(wanted) * 1.5 / max(filter.selectivity, 1e-6)).rounded(.up)) + 16
    // So wide a search costs more than looking at every allowed row; and where few rows are allowed, the
    // graph's way to them leads through too many others to be found.
    guard filter.selectivity >= Self.graphSelectivity,
      widened < min(count, 4 * max(configuration.searchWidth, wanted))
    else { return [] }
    let hits = try handle.search(query, k: widened, probes: 0, filter: nil)
    return Array(hits.lazy.filter { filter.allows(Int($0.row)) }.prefix(wanted))
  }

  /// FAISS indices alive in the whole process, for leak tests.
  public static var liveCount: Int { FaissHandle.liveCount }
}
