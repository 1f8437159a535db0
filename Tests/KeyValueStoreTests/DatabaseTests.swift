import Foundation
import KeyValueStore
import RecommendationCore
import Synchronization
import TestSupport
import Testing

struct DatabaseTests {
  private let folder: TemporaryDirectory
  private let first = ColumnFamily("first")
  private let second = ColumnFamily("second")

  init() throws { folder = try TemporaryDirectory("store") }

  private func open(_ name: String = "db") throws -> Database {
    try Database(path: folder.path(name), families: [first, second])
  }

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func aBatchIsThereAfterReopeningInTheFamilyThatItNames() throws {
    do {
      let database = try open()
      var batch = WriteBatch()
      batch.put(bytes("a"), bytes("1"), in: first)
      batch.put(bytes("a"), bytes("2"), in: second)
      batch.put(bytes("gone"), bytes("3"), in: second)
      batch.delete(bytes("gone"), in: second)
      batch.put(bytes("empty"), [], in: first)
      try database.write(batch, durability: .synced)
    }
    let database = try open()
    #expect(try database.get(bytes("a"), in: first) == bytes("1"))
    #expect(try database.get(bytes("a"), in: second) == bytes("2"))
    #expect(try database.get(bytes("gone"), in: second) == nil)
    #expect(try database.get(bytes("empty"), in: first) == [])
    #expect(try database.get(bytes("empty"), in: second) == nil)
  }

  @Test func multiGetKeepsTheOrderAndTheHoles() throws {
    let database = try open()
    var batch = WriteBatch()
    for number in 0..<200 { batch.put(bytes("k\(number)"), bytes("v\(number)"), in: first) }
    try database.write(batch, durability: .unsynced)
    let numbers = [7, 500, 3, 3, 199, 900, 0]
    let values = try database.multiGet(numbers.map { bytes("k\($0)") }, in: first)
    #expect(values == numbers.map { $0 < 200 ? bytes("v\($0)") : nil })
    #expect(try database.multiGet([], in: first).isEmpty)
  }

  @Test func aPrefixIsWalkedInOrderBothWays() throws {
    let database = try open()
    var batch = WriteBatch()
    for prefix in [UInt8(1), 2, 255] {
      for number in UInt8(0)..<5 { batch.put([prefix, number], [number], in: first) }
    }
    batch.put([3], [9], in: first)
    try database.write(batch, durability: .unsynced)
    func walk(_ prefix: [UInt8], from start: [UInt8]? = nil, backwards: Bool = false) throws
      -> [[UInt8]]
    {
      var keys: [[UInt8]] = []
      try database.forEach(prefix: prefix, from: start, backwards: backwards, in: first) { key, _ in
        keys.append([UInt8](key))
        return true
      }
      return keys
    }
    #expect(try walk([2]) == (0..<5).map { [2, $0] })
    #expect(try walk([2], backwards: true) == (0..<5).reversed().map { [2, $0] })
    #expect(try walk([255], backwards: true) == (0..<5).reversed().map { [255, $0] })
    #expect(try walk([2], from: [2, 3]) == [[2, 3], [2, 4]])
    #expect(try walk([2], from: [2, 1], backwards: true) == [[2, 1], [2, 0]])
    #expect(try walk([]).count == 16)
    #expect(try walk([77]).isEmpty)
    var stopped = 0
    try database.forEach(in: first) { _, _ in
      stopped += 1
      return stopped < 3
    }
    #expect(stopped == 3)
  }

  @Test func aSnapshotReadsThePast() throws {
    let database = try open()
    var batch = WriteBatch()
    batch.put(bytes("k"), bytes("old"), in: first)
    try database.write(batch, durability: .unsynced)
    let snapshot = try database.snapshot()
    batch.removeAll()
    batch.put(bytes("k"), bytes("new"), in: first)
    try database.write(batch, durability: .unsynced)
    #expect(try database.get(bytes("k"), in: first, snapshot: snapshot) == bytes("old"))
    #expect(try database.get(bytes("k"), in: first) == bytes("new"))
  }

  @Test func aCheckpointIsAStoreOfItsOwn() throws {
    let database = try open()
    var batch = WriteBatch()
    batch.put(bytes("k"), bytes("v"), in: first)
    try database.write(batch, durability: .unsynced)
    try database.checkpoint(to: folder.path("copy"))
    batch.removeAll()
    batch.delete(bytes("k"), in: first)
    try database.write(batch, durability: .unsynced)
    let value = try open("copy").get(bytes("k"), in: first)
    #expect(value == bytes("v"))
  }

  @Test func whatWasNotLoggedIsThereAfterAFlush() throws {
    do {
      let database = try open()
      var batch = WriteBatch()
      batch.put(bytes("k"), bytes("v"), in: second)
      try database.write(batch, durability: .unlogged)
      try database.flush()
    }
    let value = try open().get(bytes("k"), in: second)
    #expect(value == bytes("v"))
  }

  @Test func errorsAreThrownWithTheirCode() throws {
    let database = try open()
    #expect(throws: StoreError.self) { try database.get([1], in: ColumnFamily("none")) }
    var batch = WriteBatch()
    batch.put([1], [2], in: first)
    batch.put([1], [2], in: ColumnFamily("none"))
    #expect(throws: StoreError.self) { try database.write(batch, durability: .synced) }
    #expect(try database.get([1], in: first) == nil)
    // A second opening of one folder is refused by its lock.
    let error = #expect(throws: StoreError.self) { try open() }
    #expect(error?.code == .openFailed)
    var configuration = DatabaseConfiguration()
    configuration.createIfMissing = false
    #expect(throws: StoreError.self) {
      try Database(path: folder.path("none"), families: [], configuration: configuration)
    }
  }

  @Test func aClosedStoreThrowsAndItsFolderIsFree() throws {
    let database = try open()
    database.close()
    database.close()
    let error = #expect(throws: StoreError.self) { try database.get([1], in: first) }
    #expect(error?.code == .closed)
    #expect(throws: StoreError.self) { try database.snapshot() }
    let again = try open()
    #expect(try again.get([1], in: first) == nil)
  }

  @Test func aStoreThatIsOpenedAgainInPlaceHasWhatWasWritten() throws {
    let database = try open()
    for number in UInt8(0)..<5 {
      var batch = WriteBatch()
      batch.put([number], [number, 1], in: second)
      try database.write(batch, durability: .synced)
      try database.reopen()
      #expect(try database.get([number], in: second) == [number, 1])
    }
    // Readers at the same time get a value or an error, never anything else.
    let readers = (0..<2).map { _ in
      let thread = ReaderThread { try database.get([3], in: second) == [3, 1] }
      thread.start()
      return thread
    }
    for _ in 0..<10 { try database.reopen() }
    for reader in readers { #expect(reader.stop() == 0, "wrong values") }
    database.close()
    let error = #expect(throws: StoreError.self) { try database.reopen() }
    #expect(error?.code == .closed)
  }

  @Test func openingAndClosingManyTimesKeepsTheFolderFree() throws {
    for _ in 0..<50 {
      let database = try open()
      _ = try database.snapshot()
      #expect(try database.get([0], in: first) == nil)
    }
  }
}

/// Reads again and again until stopped, and counts the answers that were wrong.
private final class ReaderThread: Sendable {
  private let isStopped = Atomic(false)
  private let wrong = Atomic<Int>(0)
  private let ended = DispatchSemaphore(value: 0)
  private let isRight: @Sendable () throws -> Bool

  init(_ isRight: @escaping @Sendable () throws -> Bool) { self.isRight = isRight }

  func start() {
    Thread.detachNewThread { [self] in
      while !isStopped.load(ordering: .relaxed) {
        // While the store is away, reads throw.
        if (try? isRight()) == false { wrong.wrappingAdd(1, ordering: .relaxed) }
      }
      ended.signal()
    }
  }

  func stop() -> Int {
    isStopped.store(true, ordering: .relaxed)
    ended.wait()
    return wrong.load(ordering: .relaxed)
  }
}
