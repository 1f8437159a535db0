public import LinearAlgebra

/// Approximate search for many vectors: an inverted file whose lists hold residuals of 4 bits a value, and the
/// best candidates scored again by the vectors themselves.
///
/// As in Jégou, Douze, Schmid 2011 (IVFADC) and Guo et al. 2020 (ScaNN), with a plain scalar code in the place of a
/// product quantiser: 16 vectors are scored at once by 8-bit dot products (AVX-512 VNNI, AVX2 or plain C, as the
/// machine has it), half a byte a value is read, and no tables are made for a query. The steps of a search: the
/// query's products with all centres; the codes of the best lists; exact scores of the best candidates.
///
/// Filters are honoured inside the walk, with full lists: see ``SearchPlan``.
public final class InvertedFileIndex: VectorIndex {
  /// How it is built and searched.
  public struct Configuration: Sendable, Equatable {
    /// Inverted lists; nil: four times the square root of the number of vectors.
    public var lists: Int?
    /// Share of the lists that a search for ``SearchPlan/referenceDepth`` rows without a filter visits.
    public var probeShare: Double
    /// Rounds of k-means.
    public var iterations: Int
    /// Equal seeds give equal indices.
    public var seed: UInt64
    /// Threads while building.
    public var buildThreads: Int

    /// Settings.
    public init(
      lists: Int? = nil, probeShare: Double = 0.1, iterations: Int = 5, seed: UInt64 = 1,
      buildThreads: Int = 1
    ) {
      self.lists = lists
      self.probeShare = probeShare
      self.iterations = iterations
      self.seed = seed
      self.buildThreads = buildThreads
    }
  }

  /// How it is built and searched.
  public let configuration: Configuration
  let image: InvertedImage
  let vectors: VectorTable
  let scratch = InvertedScratchPool()

  /// Builds an index over vectors; long work.
  ///
  /// - Throws: ``VectorSearchError`` for a setting that makes no sense, no vectors, or a value that is not finite.
  /// - Complexity: O(rows · lists · dimensions).
  public init(_ vectors: Matrix, configuration: Configuration = Configuration()) throws {
    guard vectors.rows > 0, vectors.columns > 0, vectors.rows < Int(Int32.max) else {
      throw VectorSearchError(.invalidArgument, "an index needs at least one vector")
    }
    guard configuration.probeShare > 0, configuration.probeShare <= 1,
      configuration.iterations >= 0, (configuration.lists ?? 1) > 0
    else {
      throw VectorSearchError(.invalidArgument, "no index can be built with \(configuration)")
    }
    guard vectors.isFinite else {
      throw VectorSearchError(.invalidArgument, "a vector has a value that is not finite")
    }
    self.configuration = configuration
    self.vectors = .matrix(vectors)
    // Sixteen vectors fill a block; shorter lists would hold more air than vectors.
    let lists = configuration.lists ?? Int(4 * Double(vectors.rows).squareRoot())
    let centroids = Centroids(
      vectors, count: max(1, min(lists, vectors.rows / 16)), iterations: configuration.iterations,
      seed: configuration.seed, threads: configuration.buildThreads)
    image = InvertedImage(vectors, centroids: centroids, threads: configuration.buildThreads)
  }

  init(image: InvertedImage, configuration: Configuration) {
    self.image = image
    self.configuration = configuration
    vectors = .mapped(image)
  }

  /// Number of vectors.
  public var count: Int { image.header.rows }
  /// Length of a vector.
  public var dimensions: Int { image.header.dimensions }
  /// Number of inverted lists.
  public var lists: Int { image.header.lists }
  /// Memory for centres and codes.
  public var indexBytes: Int { image.header.vectorsOffset }
}

/// The vectors of an index: the caller's, or mapped from its file.
enum VectorTable: Sendable {
  case matrix(Matrix)
  case mapped(InvertedImage)

  func withUnsafeValues<Result>(
    _ body: (UnsafePointer<Float>) throws -> Result
  ) throws -> Result {
    switch self {
    case .mapped(let image): return try body(image.vectors)
    case .matrix(let matrix):
      return try matrix.withUnsafeValues { values in
        guard let start = values.baseAddress else {
          throw VectorSearchError(.invalidArgument, "there are no vectors")
        }
        return try body(start)
      }
    }
  }
}

extension Matrix {
  /// Whether all values are finite.
  var isFinite: Bool {
    // A sum of zeros unless a factor is infinite or not a number: quicker than asking each value.
    withUnsafeValues { values in
      var sum: Float = 0
      for value in values { sum += value * 0 }
      return sum == 0
    }
  }
}
