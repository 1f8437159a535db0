import Foundation
import LinearAlgebra
import RecommendationCore
import TestSupport
import Testing
import VectorSearch

/// Vectors of unequal length around some centres, as the factors of ALS are.
private func factors(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
  var generator = SeededGenerator(seed: seed)
  var centres: [[Float]] = []
  for _ in 0..<40 {
    centres.append((0..<columns).map { _ in .random(in: -1...1, using: &generator) })
  }
  var matrix = Matrix(rows: rows, columns: columns)
  for row in 0..<rows {
    let centre = centres[Int.random(in: 0..<40, using: &generator)]
    let length = Float.random(in: 0.2...1.5, using: &generator)
    for column in 0..<columns {
      matrix[row, column] = length * (centre[column] + .random(in: -0.5...0.5, using: &generator))
    }
  }
  return matrix
}

private func randomFilter(_ rows: Int, share: Double) -> RowFilter {
  var generator = SeededGenerator(seed: 3)
  var filter = RowFilter(rowCount: rows, allowingAll: false)
  for row in 0..<rows where Double.random(in: 0..<1, using: &generator) < share {
    filter.allow(row)
  }
  return filter
}

/// Share of the exact answers that an index finds; each list is checked to be full, allowed and in order.
private func recall(
  _ index: any VectorIndex, _ vectors: Matrix, _ filter: RowFilter?, k: Int
) throws -> Double {
  let exact = ExactIndex(vectors)
  let queries = factors(20, vectors.columns, seed: 99)
  let truth = try exact.search(queries, k: k, filter: filter)
  var found = 0
  for row in 0..<queries.rows {
    let hits = try index.search(Array(queries.row(row)), k: k, filter: filter)
    #expect(hits.count == min(k, filter?.allowedCount ?? vectors.rows))
    #expect(hits.allSatisfy { filter?.allows(Int($0.row)) ?? true })
    #expect(zip(hits, hits.dropFirst()).allSatisfy { ($1.score, $0.row) < ($0.score, $1.row) })
    for hit in hits {
      let right = zip(vectors.row(Int(hit.row)), queries.row(row)).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(hit.score - right) < 1e-4 * max(1, abs(right)))
    }
    found += Set(truth[row].map(\.row)).intersection(hits.map(\.row)).count
  }
  return Double(found) / Double(truth.reduce(0) { $0 + $1.count })
}

@Suite struct InvertedFileIndexTests {
  private let vectors = factors(6000, 24, seed: 1)

  @Test(arguments: [nil, 0.004, 0.03, 0.1, 0.5, 0.97])
  func itFindsNearlyAllAndItsListsAreFull(_ share: Double?) throws {
    let index = try InvertedFileIndex(vectors)
    #expect(index.count == 6000 && index.dimensions == 24 && index.lists > 100)
    #expect(try recall(index, vectors, share.map { randomFilter(6000, share: $0) }, k: 20) > 0.95)
  }

  @Test(arguments: [1, 7, 8, 15, 16, 17, 40, 130])
  func anyLengthOfVectorsWillDo(_ columns: Int) throws {
    let vectors = factors(700, columns, seed: 4)
    let index = try InvertedFileIndex(vectors, configuration: .init(probeShare: 0.5))
    #expect(try recall(index, vectors, nil, k: 10) > 0.95)
  }

  @Test(arguments: [1, 2, 15, 17, 33])
  func fewVectorsWillDoAndAskingForMoreGivesAll(_ rows: Int) throws {
    let vectors = factors(rows, 8, seed: 4)
    let index = try InvertedFileIndex(vectors)
    #expect(try recall(index, vectors, nil, k: 100) == 1)
    #expect(try index.search(Array(vectors.row(0)), k: 0, filter: nil).isEmpty)
    #expect(try index.search(Array(vectors.row(0)), k: -1, filter: nil).isEmpty)
    let none = RowFilter(rowCount: rows, allowingAll: false)
    #expect(try index.search(Array(vectors.row(0)), k: 5, filter: none).isEmpty)
  }

  @Test func allowedRowsFarFromTheQueryAreFoundToo() throws {
    // The allowed rows are those that point away from the query: the lists visited first hold none of them.
    let query = Array(vectors.row(0))
    let worst = try ExactIndex(vectors).search(query, k: 6000, filter: nil).suffix(2500)
    var away = RowFilter(rowCount: 6000, allowingAll: false)
    for hit in worst { away.allow(Int(hit.row)) }
    let index = try InvertedFileIndex(vectors, configuration: .init(probeShare: 0.02))
    let hits = try index.search(query, k: 2000, filter: away)
    #expect(hits.count == 2000)
    #expect(hits.allSatisfy { away.allows(Int($0.row)) })
  }

  @Test func vectorsThatAreAllAlikeOrZeroWillDo() throws {
    for value in [0, 1] as [Float] {
      let alike = Matrix(rows: 100, columns: 5, repeating: value)
      let index = try InvertedFileIndex(alike)
      #expect(try index.search([1, 1, 1, 1, 1], k: 30, filter: nil).count == 30)
      #expect(try index.search([0, 0, 0, 0, 0], k: 30, filter: nil).count == 30)
    }
  }

  @Test func theSameSeedGivesTheSameIndexWithAnyNumberOfThreads() throws {
    let one = try InvertedFileIndex(vectors)
    let two = try InvertedFileIndex(vectors, configuration: .init(buildThreads: 2))
    for row in [3, 700, 4000] {
      let query = Array(vectors.row(row))
      #expect(
        try one.search(query, k: 50, filter: nil) == two.search(query, k: 50, filter: nil))
    }
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    #expect(throws: VectorSearchError.self) {
      try InvertedFileIndex(Matrix(rows: 0, columns: 4))
    }
    for value in [Float.nan, .infinity] {
      #expect(throws: VectorSearchError.self) {
        try InvertedFileIndex(Matrix(rows: 3, columns: 4, repeating: value))
      }
    }
    for settings in [
      InvertedFileIndex.Configuration(probeShare: 0), .init(probeShare: 1.5), .init(lists: 0),
      .init(iterations: -1),
    ] {
      #expect(throws: VectorSearchError.self) {
        try InvertedFileIndex(vectors, configuration: settings)
      }
    }
    let index = try InvertedFileIndex(factors(50, 4, seed: 1))
    #expect(throws: VectorSearchError.self) { try index.search([1, 2], k: 3, filter: nil) }
    #expect(throws: VectorSearchError.self) {
      try index.search([1, 2, .nan, 4], k: 3, filter: nil)
    }
    #expect(throws: VectorSearchError.self) {
      try index.search([1, 2, 3, 4], k: 3, filter: RowFilter(rowCount: 49, allowingAll: true))
    }
  }
}

@Suite struct InvertedFileFormatTests {
  private let vectors = factors(900, 12, seed: 5)

  @Test func aMappedIndexAnswersAsTheOneThatWasSaved() throws {
    let folder = try TemporaryDirectory("ivf4")
    let made = try InvertedFileIndex(vectors)
    try made.save(to: folder.path("index"))
    // A second time over the first: while it is mapped, the file is replaced, not written.
    let mapped = try InvertedFileIndex(mapping: folder.path("index"))
    try InvertedFileIndex(factors(100, 12, seed: 6)).save(to: folder.path("index"))
    #expect(mapped.count == 900 && mapped.dimensions == 12 && mapped.lists == made.lists)
    for share in [nil, 0.01, 0.4] as [Double?] {
      let filter = share.map { randomFilter(900, share: $0) }
      let query = Array(vectors.row(17))
      #expect(
        try mapped.search(query, k: 30, filter: filter)
          == made.search(query, k: 30, filter: filter))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["index"])
    #expect(throws: VectorSearchError.self) { try made.save(to: "/nowhere/at/all") }
  }

  @Test func everyDamageIsRefusedWithItsReason() throws {
    let folder = try TemporaryDirectory("ivf4")
    try InvertedFileIndex(vectors).save(to: folder.path("good"))
    let good = try Data(contentsOf: URL(fileURLWithPath: folder.path("good")))
    func refusal(_ bytes: Data) throws -> String {
      let path = folder.path("bad")
      try bytes.write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: VectorSearchError.self) { try InvertedFileIndex(mapping: path) }
      #expect(error?.message.contains(path) == true)
      return error?.message ?? ""
    }
    #expect(try refusal(Data()).contains("too few"))
    #expect(try refusal(good.prefix(40)).contains("too few"))
    #expect(try refusal(good.dropLast(1)).contains("its header speaks of"))
    #expect(try refusal(good + Data([0])).contains("its header speaks of"))
    #expect(try refusal(Data(repeating: 7, count: 4096)).contains("not an inverted file"))
    // One bit anywhere: in the header, the centres, the blocks, the vectors.
    for place in stride(from: 8, to: good.count, by: good.count / 37) {
      var bad = good
      bad[place] ^= 0x10
      #expect(try refusal(bad).contains("checksum"))
    }
    #expect(throws: VectorSearchError.self) {
      try InvertedFileIndex(mapping: folder.path("absent"))
    }
    #expect(throws: VectorSearchError.self) { try InvertedFileIndex(mapping: folder.url.path) }
    #expect(throws: VectorSearchError.self) {
      try InvertedFileIndex(mapping: folder.path("good"), probeShare: 0)
    }
  }
}

@Suite struct SearchPlanTests {
  @Test func fewAllowedRowsAreScoredExactlyAndManyThroughTheIndex() {
    func plan(_ wanted: Int, _ allowed: Int) -> SearchPlan.Way {
      SearchPlan(
        wanted: wanted, allowed: allowed, count: 1_000_000, visited: 100_000, rowCost: 4
      ).way
    }
    #expect(plan(100, 10_000) == .exact)
    #expect(plan(100, 100) == .exact)
    #expect(plan(100, 1_000_000) == .index(width: 1))
    guard case .index(let tenth) = plan(100, 100_000), case .index(let half) = plan(100, 500_000)
    else {
      Issue.record("a tenth of the rows is too much for an exact search")
      return
    }
    #expect(tenth > half && half > 1)
    #expect(plan(1_000_000, 1_000_000) != .exact)
  }
}

@Suite struct BatchSearchTests {
  @Test(arguments: [nil, 0.1, 0.6])
  func manyQueriesAtOnceFindWhatEachFindsAlone(_ share: Double?) throws {
    let vectors = factors(5000, 10, seed: 8)
    let index = ExactIndex(vectors)
    let allowed = share.map { randomFilter(5000, share: $0) }
    let queries = factors(70, 10, seed: 9)
    let batch = try index.search(queries, k: 12, filter: allowed)
    #expect(batch.count == 70)
    for row in 0..<70 {
      let alone = try index.search(Array(queries.row(row)), k: 12, filter: allowed)
      #expect(batch[row].map(\.row) == alone.map(\.row))
      #expect(zip(batch[row], alone).allSatisfy { abs($0.score - $1.score) < 1e-4 })
    }
    #expect(try index.search(Matrix(rows: 0, columns: 10), k: 5).isEmpty)
    #expect(throws: VectorSearchError.self) {
      try index.search(Matrix(rows: 2, columns: 9), k: 5)
    }
    #expect(throws: VectorSearchError.self) {
      try index.search(Matrix(rows: 2, columns: 10, repeating: .nan), k: 5)
    }
  }
}
