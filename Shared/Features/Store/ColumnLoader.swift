import Catalogue
import Dispatch
import Foundation
import KeyValueStore
import RecommendationCore
import Synchronization

/// Computes all states of a log at once and writes them as sorted files, on all cores.
///
/// A user's state depends on that user's events alone, but for how often the item had been acted upon before;
/// that is counted first. So users can be gone through side by side, each with all events in the order of time,
/// and their states are those of ``FeatureEngine``, bit for bit.
struct ColumnLoader: Sendable {
  /// About so many events or history entries make a file.
  private static let fileRows = 1 << 20

  let database: Database
  let catalogue: CatalogueSnapshot
  let columns: EventColumns
  /// Folder for files that are being written.
  let folder: String
  /// Events that the log keeps, the latest.
  let eventLogLimit: Int
  let now: Int64
  /// Told the rows of work done and all there are.
  let progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?

  /// One task's files.
  private struct Files: Sendable {
    var users: [String] = []
    var acts: [String] = []
    var events: [String] = []
  }

  /// Writes users, history entries, the event log and the items' counts.
  ///
  /// - Complexity: O(events x log of a user's items), split over the cores; 12 bytes an event besides the columns.
  func run() throws {
    try columns.check()
    let byUser = EventsByUser(columns)
    let before = ActsBefore(columns)
    let kept = max(0, columns.count - eventLogLimit)..<columns.count
    let eventRanges = stride(from: kept.lowerBound, to: kept.upperBound, by: Self.fileRows).map {
      $0..<min($0 + Self.fileRows, kept.upperBound)
    }
    let userRanges = byUser.ranges(ofRows: Self.fileRows)
    let facts = columns.items.map { catalogue.facts(of: $0) }
    let total = columns.count + kept.count
    let done = Atomic<Int>(0)
    // Users first: the files of the log are all alike and fill the cores evenly at the end.
    let files = try Self.inParallel(userRanges.count + eventRanges.count) { task in
      let rows: Int
      let files: Files
      if task < userRanges.count {
        files = try writeUsers(byUser, userRanges[task], before, facts, number: task)
        rows = userRanges[task].reduce(0) { $0 + byUser.places(of: byUser.sorted[$1]).count }
      } else {
        let range = eventRanges[task - userRanges.count]
        files = try writeEvents(range, number: task)
        rows = range.count
      }
      progress?(done.wrappingAdd(rows, ordering: .relaxed).newValue, total)
      return files
    }
    try database.ingest(files.flatMap(\.users), into: StoreLayout.users)
    try database.ingest(files.flatMap(\.acts), into: StoreLayout.acts)
    try database.ingest(files.flatMap(\.events), into: StoreLayout.events)
    try writeCounters()
  }

  // MARK: Users

  private func writeUsers(
    _ byUser: EventsByUser, _ range: Range<Int>, _ before: ActsBefore, _ facts: [ItemFacts?],
    number: Int
  ) throws -> Files {
    let users = try SortedFile(path: "\(folder)/users-\(number)", for: database)
    var acts: SortedFile?
    var lastUser = [Int32](repeating: -1, count: columns.items.count)
    var writer = ByteWriter(capacity: 64)
    var key = (UInt64(0), UInt64(0))
    for place in range {
      let row = byUser.sorted[place]
      let user = state(of: row, byUser, before, facts, &lastUser)
      key.0 = columns.users[Int(row)].rawValue.bigEndian
      try StateCodec.encode(user).withUnsafeBytes { value in
        try withUnsafeBytes(of: key.0) { try users.put($0, value) }
      }
      for entry in user.history.entries.sorted(by: { $0.item < $1.item }) {
        let file = try acts ?? SortedFile(path: "\(folder)/acts-\(number)", for: database)
        acts = file
        key.1 = entry.item.bigEndian
        writer.removeAll()
        StateCodec.encode(entry, to: &writer)
        try writer.bytes.withUnsafeBytes { value in
          try withUnsafeBytes(of: key) { try file.put($0, value) }
        }
      }
    }
    try users.finish()
    try acts?.finish()
    return Files(users: [users.path], acts: acts.map { [$0.path] } ?? [])
  }

  /// - Parameter lastUser: of each item, the last user that acted upon it; so a new item is known at once.
  private func state(
    of row: Int32, _ byUser: EventsByUser, _ before: ActsBefore, _ facts: [ItemFacts?],
    _ lastUser: inout [Int32]
  ) -> UserState {
    var user = UserState()
    for place in byUser.places(of: row) {
      let number = Int(byUser.events[place])
      let item = Int(columns.itemRows[number])
      let event = columns.event(number)
      StateTransition.apply(
        event, catalogue: catalogue, facts: event.preference > 0 ? facts[item] : nil,
        itemLogActs: before.logActs(number), user: &user, isNew: lastUser[item] != row)
      if event.type.marksSeen { lastUser[item] = row }
    }
    return user
  }

  // MARK: Log and items

  private func writeEvents(_ range: Range<Int>, number: Int) throws -> Files {
    let file = try SortedFile(path: "\(folder)/events-\(number)", for: database)
    var writer = ByteWriter(capacity: 96)
    for row in range {
      writer.removeAll()
      EventCodec.encode(columns.event(row), arrivalMilliseconds: now, to: &writer)
      try writer.bytes.withUnsafeBytes { value in
        try withUnsafeBytes(of: UInt64(row + 1).bigEndian) { try file.put($0, value) }
      }
    }
    try file.finish()
    return Files(events: [file.path])
  }

  private func writeCounters() throws {
    let threads = max(1, ProcessInfo.processInfo.activeProcessorCount)
    let parts = try Self.inParallel(threads) { part in
      // All go through all events, each for its own items.
      var states = [ItemState](repeating: ItemState(), count: columns.items.count)
      for row in 0..<columns.count where Int(columns.itemRows[row]) % threads == part {
        StateTransition.apply(columns.event(row), item: &states[Int(columns.itemRows[row])])
      }
      return states
    }
    var batch = WriteBatch()
    for row in columns.items.indices.sorted(by: { columns.items[$0] < columns.items[$1] }) {
      let state = parts[row % threads][row]
      if state.isEmpty { continue }
      batch.put(
        StoreLayout.key(columns.items[row].rawValue), StateCodec.encode(state),
        in: StoreLayout.counters)
    }
    if !batch.isEmpty { try database.write(batch, durability: .unlogged) }
  }

  /// Runs tasks side by side, as cores come free; their results in the order of their numbers.
  private static func inParallel<Outcome: Sendable>(
    _ count: Int, _ body: @Sendable (Int) throws -> Outcome
  ) throws -> [Outcome] {
    let results = Mutex([Result<Outcome, any Error>?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: count) { number in
      let result = Result { try body(number) }
      results.withLock { $0[number] = result }
    }
    return try results.withLock { try $0.compactMap { try $0?.get() } }
  }
}

/// The events of each user, in the order of time.
private struct EventsByUser: Sendable {
  private let offsets: [Int]
  /// Numbers of events, user by user.
  let events: [Int32]
  /// Rows of users with events, in the order of their keys.
  let sorted: [Int32]

  init(_ columns: EventColumns) {
    var offsets = [Int](repeating: 0, count: columns.users.count + 1)
    for row in columns.userRows { offsets[Int(row) + 1] += 1 }
    for row in columns.users.indices { offsets[row + 1] += offsets[row] }
    var next = offsets
    events = [Int32](unsafeUninitializedCapacity: columns.count) { events, count in
      for (number, row) in columns.userRows.enumerated() {
        events[next[Int(row)]] = Int32(truncatingIfNeeded: number)
        next[Int(row)] += 1
      }
      count = columns.count
    }
    self.offsets = offsets
    sorted = columns.users.indices.filter { offsets[$0] < offsets[$0 + 1] }
      .sorted { columns.users[$0] < columns.users[$1] }.map { Int32($0) }
  }

  func places(of user: Int32) -> Range<Int> { offsets[Int(user)]..<offsets[Int(user) + 1] }

  /// Ranges of ``sorted`` of about so many events each.
  func ranges(ofRows limit: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    var rows = 0
    for (place, user) in sorted.enumerated() {
      rows += places(of: user).count
      if rows >= limit || place == sorted.count - 1 {
        ranges.append(start..<place + 1)
        start = place + 1
        rows = 0
      }
    }
    return ranges
  }
}

/// How often the item of each event had been acted upon before it.
private struct ActsBefore: Sendable {
  private let counts: [Int32]
  private let logs: [Double]

  init(_ columns: EventColumns) {
    var acts = [Int32](repeating: 0, count: columns.items.count)
    counts = [Int32](unsafeUninitializedCapacity: columns.count) { counts, count in
      for row in 0..<columns.count {
        let item = Int(columns.itemRows[row])
        counts[row] = acts[item]
        if columns.types[row] != EventType.impression.rawValue { acts[item] += 1 }
      }
      count = columns.count
    }
    logs = (0...Int(acts.max() ?? 0)).map { log1p(Double($0)) }
  }

  /// ``ItemState/logActs`` of the item as the event found it.
  func logActs(_ number: Int) -> Double { logs[Int(counts[number])] }
}
