import LinearAlgebra
import Synchronization
import Testing

@Suite struct ParallelRowsTests {
  @Test(arguments: [1, 2, 3, 8])
  func everyRowIsVisitedOnce(_ threads: Int) {
    for count in [0, 1, 7, 64, 1000] {
      let visits = Mutex([Int](repeating: 0, count: count))
      ParallelRows(threads: threads, blockSize: 7).run(count: count) { thread, rows in
        #expect(thread < threads)
        visits.withLock { visits in for row in rows { visits[row] += 1 } }
      }
      #expect(visits.withLock { $0.allSatisfy { $0 == 1 } })
    }
  }
}
