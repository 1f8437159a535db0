import LinearAlgebra
import RecommendationCore
import TestSupport
import Testing
import VectorSearch

/// Vectors around a few centres, as item factors lie.
private func clustered(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
  var generator = SeededGenerator(seed: seed)
  let centres = (0..<20).map { _ in
    (0..<columns).map { _ in Float.random(in: -1...1, using: &generator) }
  }
  var matrix = Matrix(rows: rows, columns: columns)
  for row in 0..<rows {
    let centre = centres[Int.random(in: 0..<20, using: &generator)]
    for column in 0..<columns {
      matrix[row, column] = centre[column] + .random(in: -0.4...0.4, using: &generator)
    }
  }
  return matrix
}

/// A full sort of all products: what every index is held to.
private func naive(_ vectors: Matrix, _ query: [Float], _ k: Int, _ filter: RowFilter?) -> [Int32] {
  let scores = (0..<vectors.rows).map { row in
    zip(vectors.row(row), query).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
  }
  return scores.indices.filter { filter?.allows($0) ?? true }
    .sorted { (-scores[$0], $0) < (-scores[$1], $1) }.prefix(k).map { Int32($0) }
}

private func randomFilter(_ rows: Int, _ share: Double, seed: UInt64) -> RowFilter {
  var generator = SeededGenerator(seed: seed)
  var filter = RowFilter(rowCount: rows, allowingAll: false)
  for row in 0..<rows where Double.random(in: 0..<1, using: &generator) < share {
    filter.allow(row)
  }
  return filter
}

/// Share of the right rows that were found.
private func recall(_ index: any VectorIndex, _ vectors: Matrix, _ filter: RowFilter?, k: Int)
  throws -> Double
{
  let queries = clustered(4, vectors.columns, seed: 77)
  var found = 0.0
  for row in 0..<queries.rows {
    let query = Array(queries.row(row))
    let hits = try index.search(query, k: k, filter: filter)
    // The list is full, allowed, without repeats and in order, whatever the index.
    #expect(hits.count == min(k, filter?.allowedCount ?? vectors.rows))
    #expect(hits.allSatisfy { filter?.allows(Int($0.row)) ?? true })
    #expect(Set(hits.map(\.row)).count == hits.count)
    #expect(zip(hits, hits.dropFirst()).allSatisfy { $0.score >= $1.score })
    let right = Set(naive(vectors, query, k, filter))
    let common = right.intersection(hits.map(\.row)).count
    found += right.isEmpty ? 1 : Double(common) / Double(right.count)
  }
  return found / Double(queries.rows)
}

@Suite struct ExactIndexTests {
  @Test(arguments: [1, 5, 300, 9000])
  func itFindsWhatAFullSortFinds(_ rows: Int) throws {
    let vectors = clustered(rows, 8, seed: 1)
    let index = ExactIndex(vectors)
    #expect(try recall(index, vectors, nil, k: 10) > 0.99)
    for share in [0.01, 0.2, 0.6] {
      let filter = randomFilter(rows, share, seed: 2)
      #expect(try recall(index, vectors, filter, k: 10) > 0.99)
      #expect(try recall(index, vectors, filter, k: 200) > 0.99)
    }
  }

  @Test func equalScoresAreOrderedByRow() throws {
    let index = ExactIndex(Matrix(rows: 50, columns: 3, repeating: 1))
    let hits = try index.search([1, 1, 1], k: 4, filter: nil)
    #expect(hits.map(\.row) == [0, 1, 2, 3])
    var filter = RowFilter(rowCount: 50, allowingAll: true)
    filter.forbid(1)
    #expect(try index.search([1, 1, 1], k: 3, filter: filter).map(\.row) == [0, 2, 3])
  }

  @Test func searchesAtOnceDoNotDisturbOneAnother() async throws {
    let vectors = clustered(3000, 8, seed: 4)
    let index = ExactIndex(vectors)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for seed in 0..<8 as Range<UInt64> {
        group.addTask {
          let query = Array(clustered(1, 8, seed: 100 + seed).row(0))
          let expected = naive(vectors, query, Int(5 + seed), nil)
          for _ in 0..<20 {
            let hits = try index.search(query, k: Int(5 + seed), filter: nil)
            #expect(hits.map(\.row) == expected)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let index = ExactIndex(clustered(10, 4, seed: 1))
    #expect(throws: VectorSearchError.self) { try index.search([1], k: 3, filter: nil) }
    let filter = RowFilter(rowCount: 9, allowingAll: true)
    #expect(throws: VectorSearchError.self) {
      try index.search([1, 2, 3, 4], k: 3, filter: filter)
    }
    #expect(try index.search([1, 2, 3, 4], k: 0, filter: nil).isEmpty)
    #expect(try index.search([1, 2, 3, 4], k: -1, filter: nil).isEmpty)
    #expect(
      try ExactIndex(Matrix(rows: 0, columns: 4)).search([1, 2, 3, 4], k: 1, filter: nil)
        .isEmpty)
  }
}

@Suite struct FaissIndexTests {
  private static let vectors = clustered(4000, 16, seed: 9)
  private var vectors: Matrix { Self.vectors }

  private func index(_ factory: String, exactRowLimit: Int = 100) throws -> FaissIndex {
    try FaissIndex(
      vectors, configuration: .init(factory: factory, probes: 8, exactRowLimit: exactRowLimit))
  }

  @Test(arguments: [
    ("IVF64,Flat", 0.95), ("IVF64,PQ8np", 0.9), ("HNSW32,Flat", 0.9), ("Flat", 0.99),
  ])
  func itFindsNearlyAllAndItsListsAreFull(_ factory: String, _ wanted: Double) throws {
    let index = try index(factory)
    #expect(index.count == 4000)
    #expect(index.dimensions == 16)
    #expect(try recall(index, vectors, nil, k: 50) > wanted)
    for share in [0.005, 0.1, 0.5, 0.95] {
      let filter = randomFilter(4000, share, seed: 3)
      #expect(try recall(index, vectors, filter, k: 50) > wanted, "\(factory) at \(share)")
    }
    let none = RowFilter(rowCount: 4000, allowingAll: false)
    #expect(try index.search(Array(vectors.row(0)), k: 5, filter: none).isEmpty)
  }

  @Test func askingForMoreThanIsNearGivesAFullList() throws {
    // More than the visited lists hold: the rest comes from the exact search.
    let index = try FaissIndex(
      vectors, configuration: .init(factory: "IVF64,Flat", probes: 1, exactRowLimit: 100))
    let hits = try index.search(Array(vectors.row(5)), k: 3000, filter: nil)
    #expect(hits.count == 3000)
  }

  @Test func aSavedIndexAnswersTheSame() throws {
    let folder = try TemporaryDirectory("faiss")
    let made = try index("IVF64,Flat")
    try made.save(to: folder.path("index"))
    let read = try FaissIndex(
      vectors, configuration: made.configuration, path: folder.path("index"))
    let query = Array(vectors.row(17))
    #expect(
      try read.search(query, k: 20, filter: nil) == made.search(query, k: 20, filter: nil))
    let fewer = clustered(10, 16, seed: 1)
    #expect(throws: VectorSearchError.self) {
      try FaissIndex(fewer, configuration: made.configuration, path: folder.path("index"))
    }
  }

  @Test func whatTheLibraryRefusesIsAnErrorWithItsReason() throws {
    let error = #expect(throws: VectorSearchError.self) { try index("Nonsense12") }
    #expect(error?.message.contains("Nonsense12") == true)
    #expect(throws: VectorSearchError.self) {
      try FaissIndex(
        clustered(3, 16, seed: 1), configuration: .init(factory: "IVF64,Flat"))
    }
    #expect(throws: VectorSearchError.self) {
      try FaissIndex(Matrix(rows: 0, columns: 16), configuration: .init(factory: "Flat"))
    }
    #expect(throws: VectorSearchError.self) {
      try FaissIndex(vectors, configuration: .init(factory: "Flat"), path: "/nowhere/at/all")
    }
  }

  @Test func noIndexIsLeaked() async {
    // In a process of its own: the count is the process's.
    await #expect(processExitsWith: .success) {
      let few = clustered(20, 4, seed: 1)
      for _ in 0..<500 {
        _ = try FaissIndex(few, configuration: .init(factory: "Flat"))
        _ = try? FaissIndex(few, configuration: .init(factory: "IVF64,Flat"))
      }
      #expect(FaissIndex.liveCount == 0)
    }
  }
}

@Suite struct RowFilterTests {
  @Test func countsFollowEachChange() {
    var filter = RowFilter(rowCount: 70, allowingAll: true)
    #expect(filter.allowedCount == 70)
    filter.forbid(69)
    filter.forbid(69)
    filter.forbid(1000)
    filter.forbid(-1)
    #expect(filter.allowedCount == 69)
    filter.allow(69)
    filter.allow(69)
    filter.allow(70)
    #expect(filter.allowedCount == 70)
    #expect(!filter.allows(70))
    var other = RowFilter(rowCount: 70, allowingAll: false)
    other.allow(3)
    other.allow(65)
    filter.forbid(3)
    filter.formIntersection(other)
    #expect(filter.allowedCount == 1)
    var rows: [Int] = []
    filter.forEachAllowed { rows.append($0) }
    #expect(rows == [65])
    var forbidden: [Int] = []
    filter.forEachForbidden { forbidden.append($0) }
    #expect(forbidden == (0..<70).filter { $0 != 65 })
  }
}
