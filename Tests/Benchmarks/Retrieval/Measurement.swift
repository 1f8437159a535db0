import Foundation
import LinearAlgebra
import VectorSearch

/// One index under one filter.
struct Row: Encodable {
  var index: String
  var items: Int
  var dims: Int
  var similarity: String
  var filter: String
  var k: Int
  /// Share of the right rows that were found.
  var recall: Double
  /// Share of the queries whose list has `min(k, allowed)` entries.
  var full: Double
  var p50: Double
  var p99: Double
  /// Median of the thread's own CPU time: the same on a busy machine.
  var cpu50: Double
  var buildSeconds: Double
  /// Memory of the index, without the vectors.
  var bytes: Int

  enum CodingKeys: String, CodingKey {
    case index, items, dims, similarity, filter, k, recall, full, bytes
    case p50 = "p50_us"
    case p99 = "p99_us"
    case cpu50 = "cpu_p50_us"
    case buildSeconds = "build_s"
  }

  static let heading =
    "index            items  dims  by       filter  recall    full    p50 us    p99 us    cpu us  build s        bytes"

  var line: String {
    func left(_ text: String, _ width: Int) -> String {
      text.padding(toLength: width, withPad: " ", startingAt: 0)
    }
    return left(index, 12)
      + String(format: "%10d %5d  ", items, dims) + left(similarity, 9) + left(filter, 7)
      + String(
        format: "%7.4f %7.3f %9.1f %9.1f %9.1f %8.1f %12d", recall, full, p50, p99, cpu50,
        buildSeconds, bytes)
  }
}

/// The right answers, by products in batches.
struct Truth {
  /// For each filter and query, the rows in order.
  let rows: [[Set<Int32>]]

  init(_ world: FactorWorld, filters: [RowFilter?], k: Int) throws {
    let exact = ExactIndex(world.vectors)
    rows = try filters.map { filter in
      try exact.search(world.queries, k: k, filter: filter).map { Set($0.map(\.row)) }
    }
  }
}

/// Time of the calling thread on a core, in seconds.
func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Asks each query once, after some to warm up, one at a time on this thread.
func measure(
  _ search: ([Float]) throws -> [VectorHit], _ queries: Matrix, count: Int, wanted: Int,
  _ truth: [Set<Int32>]
) rethrows -> (recall: Double, full: Double, p50: Double, p99: Double, cpu50: Double) {
  let clock = ContinuousClock()
  for row in 0..<min(5, count) { _ = try search(Array(queries.row(row))) }
  var (walls, cpus, found, right, full) = ([Double](), [Double](), 0, 0, 0)
  for row in 0..<min(count, queries.rows) {
    let query = Array(queries.row(row))
    let (start, cpu) = (clock.now, threadSeconds())
    let hits = try search(query)
    cpus.append((threadSeconds() - cpu) * 1e6)
    walls.append((clock.now - start) / .microseconds(1))
    found += hits.reduce(0) { $0 + (truth[row].contains($1.row) ? 1 : 0) }
    right += truth[row].count
    full += hits.count == wanted ? 1 : 0
  }
  walls.sort()
  cpus.sort()
  return (
    right == 0 ? 1 : Double(found) / Double(right), Double(full) / Double(walls.count),
    walls[walls.count / 2], walls[min(walls.count - 1, walls.count * 99 / 100)],
    cpus[cpus.count / 2]
  )
}
