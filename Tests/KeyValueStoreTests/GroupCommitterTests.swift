import Foundation
import KeyValueStore
import Synchronization
import TestSupport
import Testing

struct GroupCommitterTests {
  private let family = ColumnFamily("data")

  @Test func manyWritersShareFewWritesAndAllAreOnDisk() async throws {
    let folder = try TemporaryDirectory("group")
    let database = try Database(path: folder.path("db"), families: [family])
    let groups = Mutex<[Int]>([])
    let committer = GroupCommitter<Int, Int>(name: "test") { numbers in
      groups.withLock { $0.append(numbers.count) }
      var batch = WriteBatch()
      for number in numbers { batch.put(Array("\(number)".utf8), [1], in: family) }
      try database.write(batch, durability: .synced)
      return numbers.map { .success($0 * 2) }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<2_000 {
        group.addTask {
          let outcome = try await committer.commit(number)
          #expect(outcome == number * 2)
          // Resumed only after the write: the value can be read.
          let value = try database.get(Array("\(number)".utf8), in: family)
          #expect(value == [1])
        }
      }
      try await group.waitForAll()
    }
    committer.close()
    let sizes = groups.withLock { $0 }
    #expect(sizes.reduce(0, +) == 2_000)
    #expect(sizes.count < 2_000)
  }

  @Test func anErrorReachesEveryMemberOfTheGroupAndTheWriterLivesOn() async throws {
    struct Refusal: Error {}
    let committer = GroupCommitter<Int, Int>(name: "test") { numbers in
      if numbers.contains(13) { throw Refusal() }
      return numbers.map { $0 == 7 ? .failure(Refusal()) : .success($0) }
    }
    await #expect(throws: Refusal.self) { try await committer.commit(13) }
    await #expect(throws: Refusal.self) { try await committer.commit(7) }
    #expect(try await committer.commit(1) == 1)
    committer.close()
  }

  @Test func closingWritesWhatWaitsAndRefusesTheRest() async throws {
    let gate = DispatchSemaphore(value: 0)
    let entered = AsyncStream<Void>.makeStream()
    let committer = GroupCommitter<Int, Int>(name: "test", groupLimit: 1) { numbers in
      entered.continuation.yield()
      gate.wait()
      return numbers.map { .success($0) }
    }
    try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<5 { group.addTask { try await committer.commit(number) } }
      var iterator = entered.stream.makeAsyncIterator()
      await iterator.next()
      for _ in 0..<5 { gate.signal() }
      var sum = 0
      for try await number in group { sum += number }
      #expect(sum == 10)
    }
    committer.close()
    let error = await #expect(throws: StoreError.self) { try await committer.commit(1) }
    #expect(error?.code == .closed)
  }

  @Test func batchesOfManyCallersAreAllWritten() async throws {
    let folder = try TemporaryDirectory("group")
    let database = try Database(path: folder.path("db"), families: [family])
    let committer = GroupCommitter(database: database)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in UInt8(0)..<100 {
        group.addTask {
          var batch = WriteBatch()
          batch.put([number], [number, number], in: family)
          batch.put([number, 1], [], in: family)
          try await committer.commit(batch)
        }
      }
      try await group.waitForAll()
    }
    committer.close()
    var count = 0
    try database.forEach(in: family) { _, _ in
      count += 1
      return true
    }
    #expect(count == 200)
  }
}
