internal import CFaiss

/// Owns one FAISS index.
// Sendable by hand: after building nothing changes it, and FAISS allows searches at once.
final class FaissHandle: @unchecked Sendable {
  private let index: OpaquePointer
  let isInvertedFile: Bool
  let count: Int
  let dimensions: Int
  /// What it would fill in a file, which is nearly what it takes in memory.
  let byteCount: Int

  private init(_ index: OpaquePointer) {
    self.index = index
    isInvertedFile = cfaiss_index_is_inverted_file(index)
    count = Int(cfaiss_index_count(index))
    dimensions = Int(cfaiss_index_dimensions(index))
    byteCount = Int(cfaiss_index_bytes(index))
  }

  deinit { cfaiss_index_free(index) }

  /// Builds an index over vectors, row-major.
  static func built(
    factory: String, dimensions: Int, count: Int, vectors: UnsafePointer<Float>,
    parameters: [(name: String, value: Double)], threads: Int
  ) throws -> FaissHandle {
    var index: OpaquePointer?
    try check("make the index \(factory)") {
      cfaiss_index_create(factory, Int32(clamping: dimensions), &index, $0, $1)
    }
    guard let index else { throw VectorSearchError(.indexFailure, "no index was made") }
    do {
      try check("build the index \(factory)") {
        cfaiss_index_build(index, Int64(count), vectors, Int32(clamping: threads), $0, $1)
      }
      for parameter in parameters {
        try check("set \(parameter.name)") {
          cfaiss_index_set_parameter(index, parameter.name, parameter.value, $0, $1)
        }
      }
    } catch {
      cfaiss_index_free(index)
      throw error
    }
    return FaissHandle(index)
  }

  /// Reads an index file.
  static func read(_ path: String) throws -> FaissHandle {
    var index: OpaquePointer?
    try check("read the index \(path)") { cfaiss_index_read(path, &index, $0, $1) }
    guard let index else { throw VectorSearchError(.indexFailure, "no index was read") }
    return FaissHandle(index)
  }

  func write(_ path: String) throws {
    try Self.check("write the index \(path)") { cfaiss_index_write(index, path, $0, $1) }
  }

  /// Rows and scores, best first; fewer than k where FAISS found fewer.
  func search(_ query: [Float], k: Int, probes: Int, filter: RowFilter?) throws -> [VectorHit] {
    var scores = [Float](repeating: 0, count: k)
    var rows = [Int64](repeating: -1, count: k)
    if let filter {
      try filter.words.withUnsafeBytes { bitmap in
        try Self.check("search") {
          cfaiss_index_search(
            index, query, Int64(k), Int64(probes),
            bitmap.baseAddress?.assumingMemoryBound(to: UInt8.self), bitmap.count, &scores, &rows,
            $0, $1)
        }
      }
    } else {
      try Self.check("search") {
        cfaiss_index_search(
          index, query, Int64(k), Int64(probes), nil, 0, &scores, &rows, $0, $1)
      }
    }
    return zip(rows, scores).compactMap { row, score in
      row >= 0 && score.isFinite
        ? VectorHit(row: Int32(truncatingIfNeeded: row), score: score) : nil
    }
  }

  /// Indices alive in the whole process, for leak tests.
  static var liveCount: Int { Int(cfaiss_live_indices()) }

  /// Turns the library's code and message into an error.
  private static func check(
    _ what: String, _ body: (UnsafeMutablePointer<CChar>, Int) -> cfaiss_code
  ) throws {
    var code = CFAISS_OK
    let message = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
      guard let start = buffer.baseAddress else { return "" }
      start.pointee = 0
      code = body(start, buffer.count)
      return code == CFAISS_OK ? "" : String(cString: start)
    }
    guard code == CFAISS_OK else {
      throw VectorSearchError(.indexFailure, "cannot \(what): \(message)")
    }
  }
}
