import CoreMetrics
import Foundation
import Logging
import RecommendationProtos
import StagePipeline
import SwiftProtobuf
import Synchronization

/// Traces on disk, for requests from before a restart: bounded in bytes and in time, the oldest go first.
///
/// A thread of its own writes them, after the replies; requests only hand their traces over. Nothing is synced: what
/// the process wrote outlives its end, though not that of the machine. Where more comes than the thread can write,
/// some are left out, and counted: `recsys_gateway_trace_log_dropped_total`.
final class TraceLog: Sendable {
  /// What is kept where.
  struct Bounds: Sendable, Equatable {
    /// Folder of one gateway's own; empty: no log.
    var path = ""
    /// Most bytes on disk, about.
    var bytes = 256 << 20
    /// Longest time.
    var lifetime: Duration = .seconds(86_400)
  }

  /// What a log remembers of a request.
  enum Entry: Sendable {
    case made(Recsys_Gateway_Storage_V1_Trace)
    case cached(CachedAnswer)
  }

  private enum Work: Sendable {
    case made(RequestTrace)
    case cached(CachedAnswer)
  }

  private enum Kind {
    static let made: UInt8 = 1
    static let cached: UInt8 = 2
  }

  private struct Known {
    var place: TraceSegment.Place
    var kind: UInt8
    var time: Int64
  }

  private struct Files {
    /// The oldest first.
    var segments: [TraceSegment] = []
    /// Whether the last one is written: those of processes before this one are not.
    var isWriting = false
    var next: UInt64 = 1
    var known: [String: Known] = [:]
  }

  private struct Queue {
    var work: [Work] = []
    var isClosed = false
  }

  /// Segments that make up the whole: the more, the finer the oldest go.
  private static let segmentCount = 8
  /// Records of a segment: memory knows each of them, and a note of a cached answer is small.
  private static let segmentRecords = 20_000
  private static let niceValue: Int32 = 10
  private static let queueLimit = 512

  let bounds: Bounds
  private let lock: Int32
  private let files = Mutex(Files())
  private let queue = Mutex(Queue())
  private let wake = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)
  private let dropped = Counter(label: "recsys_gateway_trace_log_dropped_total")
  private let failures = Counter(label: "recsys_gateway_trace_log_failures_total")
  private let logger: Logger

  /// Opens the log and reads what is there.
  ///
  /// - Throws: ``GatewayError`` when the folder cannot be used, or another process uses it.
  init(_ bounds: Bounds, logger: Logger) throws {
    self.bounds = bounds
    self.logger = logger
    do {
      try FileManager.default.createDirectory(
        atPath: bounds.path, withIntermediateDirectories: true)
    } catch {
      throw GatewayError(
        .configuration, "cannot make the folder \(bounds.path) (traces.path)", cause: error)
    }
    lock = open(bounds.path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      if lock >= 0 { Foundation.close(lock) }
      throw GatewayError(
        .configuration, "\(bounds.path) (traces.path) is in use: each gateway needs its own")
    }
    try files.withLock { try read(&$0) }
    let thread = Thread { [self] in run() }
    thread.name = "trace-log"
    thread.start()
  }

  deinit { Foundation.close(lock) }

  /// Requests that it knows.
  var count: Int { files.withLock { $0.known.count } }
  /// Bytes on disk.
  var byteCount: Int { files.withLock { $0.segments.reduce(0) { $0 + $1.byteCount } } }

  // MARK: Writing

  /// Writes a trace soon. Costs its caller next to nothing.
  func insert(_ trace: RequestTrace) { add(.made(trace)) }

  /// Writes the note of an answer from the cache soon.
  func insert(_ answer: CachedAnswer) { add(.cached(answer)) }

  private func add(_ work: Work) {
    let isTaken = queue.withLock { queue in
      guard !queue.isClosed, queue.work.count < Self.queueLimit else { return false }
      queue.work.append(work)
      return true
    }
    if isTaken { wake.signal() } else { dropped.increment() }
  }

  /// Writes what waits, and ends: another may open the folder then. Blocks until that is done.
  func close() {
    queue.withLock { $0.isClosed = true }
    wake.signal()
    ended.wait()
    flock(lock, LOCK_UN)
    ended.signal()
  }

  private func run() {
    // Behind the requests; where it is refused, it is only less so.
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceValue)
    while true {
      wake.wait()
      let (work, isClosed) = queue.withLock { queue in
        defer { queue.work = [] }
        return (queue.work, queue.isClosed)
      }
      for piece in work { write(piece) }
      if isClosed { break }
    }
    ended.signal()
  }

  private func write(_ work: Work) {
    do {
      let (head, body) = try Self.record(work)
      try files.withLock { files in try append(head, body, &files) }
    } catch {
      failures.increment()
      logger.warning("a trace was not written", metadata: ["error": "\(error)"])
    }
  }

  private static func record(_ work: Work) throws -> (TraceSegment.Head, [UInt8]) {
    switch work {
    case .made(let trace):
      let head = TraceSegment.Head(
        requestID: trace.requestID, kind: Kind.made, time: trace.answeredMilliseconds)
      return (head, try Recsys_Gateway_Storage_V1_Trace(trace).serializedBytes())
    case .cached(let answer):
      var message = Recsys_Gateway_Storage_V1_CachedAnswer()
      message.requestID = answer.requestID
      message.originRequestID = answer.originID
      message.answeredMs = answer.answeredMilliseconds
      let head = TraceSegment.Head(
        requestID: answer.requestID, kind: Kind.cached, time: answer.answeredMilliseconds)
      return (head, try message.serializedBytes())
    }
  }

  private func append(
    _ head: TraceSegment.Head, _ body: [UInt8], _ files: inout Files
  ) throws {
    if !files.isWriting || files.segments.last.map({ isFull($0, body) }) ?? true {
      try beginSegment(&files)
    }
    guard let segment = files.segments.last else { return }
    do {
      let place = try segment.append(head, body)
      files.known[head.requestID] = Known(place: place, kind: head.kind, time: head.time)
    } catch {
      // What is half written ends it for whoever reads it.
      files.isWriting = false
      throw error
    }
  }

  private func isFull(_ segment: TraceSegment, _ body: [UInt8]) -> Bool {
    segment.byteCount + body.count > bounds.bytes / Self.segmentCount
      || segment.requestIDs.count >= Self.segmentRecords
  }

  private func beginSegment(_ files: inout Files) throws {
    let new = try TraceSegment(folder: bounds.path, number: files.next, isNew: true)
    files.next += 1
    files.segments.append(new)
    files.isWriting = true
    while files.segments.count > Self.segmentCount { removeOldest(&files) }
  }

  private func removeOldest(_ files: inout Files) {
    let gone = files.segments.removeFirst()
    unlink(gone.path)
    for id in gone.requestIDs where files.known[id]?.place.segment == gone.number {
      files.known[id] = nil
    }
  }

  // MARK: Reading

  /// What was written of a request; nil where there is nothing. Blocks.
  func find(_ requestID: String, now: Int64) throws -> Entry? {
    let found = files.withLock { files -> (Known, [UInt8])? in
      guard let known = files.known[requestID],
        known.time > now - bounds.lifetime.nanoseconds / 1_000_000,
        let segment = files.segments.first(where: { $0.number == known.place.segment }),
        let body = segment.body(known.place)
      else { return nil }
      return (known, body)
    }
    guard let (known, body) = found else { return nil }
    switch known.kind {
    case Kind.made: return .made(try Recsys_Gateway_Storage_V1_Trace(serializedBytes: body))
    case Kind.cached:
      let message = try Recsys_Gateway_Storage_V1_CachedAnswer(serializedBytes: body)
      return .cached(
        CachedAnswer(
          requestID: message.requestID, originID: message.originRequestID,
          answeredMilliseconds: message.answeredMs))
    default: return nil
    }
  }

  /// Reads the segments that are there. They are not written to again: the last may end in half a record.
  private func read(_ files: inout Files) throws {
    let numbers = try FileManager.default.contentsOfDirectory(atPath: bounds.path)
      .compactMap(TraceSegment.number).sorted()
    for number in numbers {
      let segment = try TraceSegment(folder: bounds.path, number: number, isNew: false)
      segment.scan { head, place in
        files.known[head.requestID] = Known(place: place, kind: head.kind, time: head.time)
      }
      files.segments.append(segment)
      files.next = number + 1
    }
    // One place for the segment that is to come.
    while files.segments.count >= Self.segmentCount { removeOldest(&files) }
  }
}
