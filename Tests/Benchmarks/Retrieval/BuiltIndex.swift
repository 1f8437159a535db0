import Foundation
import LinearAlgebra
import VectorSearch

/// An index made for the benchmark.
struct BuiltIndex {
  var search: ([Float], Int, RowFilter?) throws -> [VectorHit]
  var buildSeconds: Double
  /// Memory beside the vectors.
  var bytes: Int

  init(_ name: String, _ vectors: Matrix, _ options: Options) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let index: any VectorIndex
    switch name {
    case "live":
      self = try Self.live(vectors, options)
      return
    case "ivf4":
      index = try InvertedFileIndex(vectors, configuration: Self.inverted(options))
    case "faiss-ivf", "faiss-ivfpq", "faiss-hnsw":
      let lists = Int(2 * Double(vectors.rows).squareRoot())
      let factory =
        switch name {
        case "faiss-ivf": "IVF\(lists),Flat"
        case "faiss-ivfpq": "IVF\(lists),PQ\(vectors.columns / 4)np"
        default: "HNSW24,Flat"
        }
      index = try FaissIndex(
        vectors,
        configuration: .init(
          factory: factory, probes: lists / 10, searchWidth: 200, buildThreads: options.threads))
    default:
      index = ExactIndex(vectors)
    }
    buildSeconds = (clock.now - start) / .seconds(1)
    bytes = index.indexBytes
    search = { try index.search($0, k: $1, filter: $2) }
  }

  private static func inverted(_ options: Options) -> InvertedFileIndex.Configuration {
    var configuration = InvertedFileIndex.Configuration(buildThreads: options.threads)
    if let share = options.probeShare { configuration.probeShare = share }
    return configuration
  }

  /// The live index with a thousand vectors taken out and put in again: what serving meets between rebuilds.
  private static func live(_ vectors: Matrix, _ options: Options) throws -> BuiltIndex {
    let clock = ContinuousClock()
    let start = clock.now
    let live = try LiveIndex(
      keys: (0..<UInt64(vectors.rows)).map { $0 }, vectors: vectors,
      configuration: .init(kind: .inverted(inverted(options)), rebuildMinimum: .max))
    let took = (clock.now - start) / .seconds(1)
    for place in 0..<min(1000, vectors.rows / 2) {
      let row = place * (vectors.rows / min(1000, vectors.rows / 2))
      try live.upsert(UInt64(row), Array(vectors.row(row)))
    }
    let snapshot = live.snapshot
    // Filters of the benchmark speak of the original rows, which are the keys.
    var kept: (filter: RowFilter, rows: RowFilter)?
    let search: ([Float], Int, RowFilter?) throws -> [VectorHit] = { query, k, filter in
      var rows: RowFilter?
      if let filter {
        if kept?.filter != filter {
          kept = (filter, snapshot.rows { filter.allows(Int($0)) })
        }
        rows = kept?.rows
      }
      return try snapshot.search(query, k: k, filter: rows).map {
        VectorHit(row: Int32(truncatingIfNeeded: $0.key), score: $0.score)
      }
    }
    return BuiltIndex(search: search, buildSeconds: took, bytes: snapshot.indexBytes)
  }

  private init(
    search: @escaping ([Float], Int, RowFilter?) throws -> [VectorHit], buildSeconds: Double,
    bytes: Int
  ) {
    self.search = search
    self.buildSeconds = buildSeconds
    self.bytes = bytes
  }
}
