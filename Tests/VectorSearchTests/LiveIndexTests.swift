import LinearAlgebra
import RecommendationCore
import Synchronization
import TestSupport
import Testing
import VectorSearch

/// A vector that belongs to a key, so that what a search finds can be checked.
private func vector(_ key: UInt64, _ dimensions: Int = 8, version: UInt64 = 0) -> [Float] {
  var generator = SeededGenerator(seed: key << 32 | version)
  return (0..<dimensions).map { _ in Float.random(in: -1...1, using: &generator) }
}

private func product(_ left: [Float], _ right: [Float]) -> Float {
  zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
}

private func index(
  _ keys: [UInt64], minimum: Int = 1_000_000, kind: VectorIndexKind = .exact,
  onRebuild: (@Sendable (LiveRebuild) -> Void)? = nil
) throws -> LiveIndex {
  let values = keys.flatMap { vector($0) }
  return try LiveIndex(
    keys: keys, vectors: #require(Matrix(rows: keys.count, columns: 8, values: values)),
    configuration: .init(kind: kind, rebuildMinimum: minimum, rebuildShare: 0),
    onRebuild: onRebuild)
}

/// What a full sort over a model of the index says.
private func expected(_ model: [UInt64: [Float]], _ query: [Float], _ k: Int) -> [UInt64] {
  model.sorted { product($0.value, query) > product($1.value, query) }.prefix(k).map(\.key)
}

/// Raised once.
private final class Flag: Sendable {
  private let state = Mutex(false)
  var isRaised: Bool { state.withLock { $0 } }
  func raise() { state.withLock { $0 = true } }
}

@Suite struct LiveIndexTests {
  @Test func anEmptyIndexFindsNothingAndThenWhatIsPutIn() throws {
    let index = try LiveIndex(dimensions: 8)
    #expect(try index.search(vector(1), k: 5).isEmpty)
    try index.upsert(7, vector(7))
    #expect(try index.search(vector(7), k: 5).map(\.key) == [7])
    #expect(index.vector(of: 7) == vector(7))
    #expect(index.contains(7) && !index.contains(8))
    #expect(index.remove(7))
    #expect(!index.remove(7))
    #expect(try index.search(vector(7), k: 5).isEmpty)
    #expect(index.count == 0)
  }

  @Test func anyOrderOfChangesGivesWhatAFullSortGives() throws {
    let index = try index(Array(1...300))
    var model = Dictionary(
      uniqueKeysWithValues: (1...300 as ClosedRange<UInt64>).map { ($0, vector($0)) })
    var generator = SeededGenerator(seed: 5)
    for step in 0..<1000 as Range<UInt64> {
      let key = UInt64.random(in: 1...900, using: &generator)
      if generator.next() % 3 == 0 {
        #expect(index.remove(key) == (model.removeValue(forKey: key) != nil))
      } else {
        let value = vector(key, version: step)
        try index.upsert(key, value)
        model[key] = value
      }
      if step % 300 == 200 { index.rebuild() }
      guard step % 50 == 0 else { continue }
      let query = vector(10_000 + step)
      #expect(index.count == model.count)
      #expect(try index.search(query, k: 15).map(\.key) == expected(model, query, 15))
      let snapshot = index.snapshot
      let odd = snapshot.rows { $0 % 2 == 1 }
      #expect(
        try snapshot.search(query, k: 15, filter: odd).map(\.key)
          == expected(model.filter { $0.key % 2 == 1 }, query, 15))
    }
    #expect(try index.search(vector(1), k: 5000).count == model.count)
  }

  @Test func aSnapshotStaysAsItWas() throws {
    let index = try index(Array(1...50))
    let before = index.snapshot
    let query = vector(3)
    let hits = try before.search(query, k: 10)
    for hit in hits { index.remove(hit.key) }
    try index.upsert(99, query)
    index.rebuild()
    #expect(try before.search(query, k: 10) == hits)
    #expect(before.count == 50 && index.count == 41)
    #expect(index.snapshot.generation == before.generation + 1)
    #expect(index.changedCount == 0)
  }

  @Test func enoughChangesBringARebuildOfTheirOwn() async throws {
    let done = Gate()
    let outcome = Mutex<LiveRebuild?>(nil)
    let index = try index(Array(1...100), minimum: 64) { rebuild in
      outcome.withLock { $0 = rebuild }
      done.open()
    }
    for key in 1_000..<1_064 as Range<UInt64> { try index.upsert(key, vector(key)) }
    await done.wait()
    #expect(outcome.withLock { $0?.error } == nil)
    #expect(index.snapshot.generation == 1)
    #expect(index.count == 164)
    #expect(
      try index.search(vector(1_010), k: 1).first?.key
        == expected(
          Dictionary(
            uniqueKeysWithValues: (Array(1...100) + Array(1_000..<1_064)).map { ($0, vector($0)) }),
          vector(1_010), 1
        ).first)
  }

  @Test func aRebuildThatFailsLeavesTheIndexAsItWasAndSaysWhy() async throws {
    let failures = Mutex(0)
    // Sixty-four lists cannot be trained on the few vectors that are left.
    let index = try index(
      Array(1...200), kind: .faiss(.init(factory: "IVF64,Flat", exactRowLimit: 0))
    ) { if $0.error != nil { failures.withLock { $0 += 1 } } }
    for key in 11...200 as ClosedRange<UInt64> { index.remove(key) }
    index.rebuild()
    #expect(failures.withLock { $0 } == 1)
    #expect(index.count == 10)
    #expect(try Set(index.search(vector(1), k: 50).map(\.key)) == Set(1...10))
  }

  @Test func readersAreRightWhileVectorsComeAndGoAndTheIndexIsRebuilt() async throws {
    // Keys 1...200 stay; others come and go. Each reader must always see all that stay.
    let index = try index(Array(1...200), minimum: 150)
    let isDone = Flag()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for reader in 0..<3 as Range<UInt64> {
        group.addTask {
          var searches = 0
          while searches == 0 || (!isDone.isRaised && searches < 2000) {
            let snapshot = index.snapshot
            let stay = snapshot.rows { $0 <= 200 }
            #expect(stay.allowedCount == 200)
            let hits = try snapshot.search(vector(reader), k: 200, filter: stay)
            #expect(Set(hits.map(\.key)) == Set(1...200))
            let all = try snapshot.search(vector(reader), k: 10_000)
            #expect(all.count == snapshot.count)
            #expect(Set(all.map(\.key)).count == all.count)
            searches += 1
            // The writer needs a thread of the same pool.
            await Task.yield()
          }
          return searches
        }
      }
      group.addTask {
        defer { isDone.raise() }
        for step in 0..<600 as Range<UInt64> {
          let key = 1000 + step % 97
          if step % 3 == 2 { index.remove(key) } else { try index.upsert(key, vector(step)) }
          if step % 150 == 149 { index.rebuild() }
          if step % 10 == 9 { await Task.yield() }
        }
        return 1
      }
      for try await searches in group { #expect(searches > 0) }
    }
  }

  @Test func whatDoesNotFitIsRefusedAndChangesNothing() throws {
    let index = try index([1, 2])
    #expect(throws: VectorSearchError.self) { try index.upsert(3, [1]) }
    #expect(throws: VectorSearchError.self) {
      try index.upsert(3, [1, 2, 3, .nan, 5, 6, 7, 8])
    }
    #expect(throws: VectorSearchError.self) {
      try index.apply(
        upserts: [(4, vector(4)), (5, [.infinity, 0, 0, 0, 0, 0, 0, 0])], removals: [1])
    }
    #expect(index.count == 2 && index.contains(1) && !index.contains(4))
    #expect(throws: VectorSearchError.self) { try index.search([1], k: 3) }
    let snapshot = index.snapshot
    #expect(throws: VectorSearchError.self) {
      try snapshot.search(vector(1), k: 3, filter: RowFilter(rowCount: 9, allowingAll: true))
    }
    let two = Matrix(rows: 2, columns: 1, repeating: 1)
    #expect(throws: VectorSearchError.self) { try LiveIndex(keys: [1], vectors: two) }
    #expect(throws: VectorSearchError.self) { try LiveIndex(keys: [1, 1], vectors: two) }
    #expect(throws: VectorSearchError.self) {
      try LiveIndex(keys: [1, 2], vectors: Matrix(rows: 2, columns: 1, repeating: .nan))
    }
  }
}
