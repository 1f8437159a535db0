import Dispatch
import Foundation
import Synchronization

/// Work on ranges of rows, side by side on all cores.
enum ParallelParts {
  /// Cores of the machine.
  static var threads: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

  /// Calls the body with ranges that together cover `0..<count`, each once, and waits for all. What the bodies
  /// give comes in the order of the ranges.
  ///
  /// - Parameter least: fewer rows are not worth a thread of their own.
  static func map<Result: Sendable>(
    count: Int, least: Int = 1 << 14, _ body: @Sendable (Range<Int>) -> Result
  ) -> [Result] {
    let parts = max(1, min(threads, count / max(least, 1)))
    return map(
      ranges: (0..<parts).map { count * $0 / parts..<count * ($0 + 1) / parts }, body)
  }

  /// The same for ranges that the caller chose.
  static func map<Result: Sendable>(
    ranges: [Range<Int>], _ body: @Sendable (Range<Int>) -> Result
  ) -> [Result] {
    guard ranges.count > 1 else { return ranges.map(body) }
    let results = Mutex([Result?](repeating: nil, count: ranges.count))
    DispatchQueue.concurrentPerform(iterations: ranges.count) { part in
      let result = body(ranges[part])
      results.withLock { $0[part] = result }
    }
    return results.withLock { $0.compactMap { $0 } }
  }

  /// An array whose parts are filled side by side; the body must initialise every element of its range.
  static func filled<Element: Sendable>(
    count: Int, _ body: @Sendable (Range<Int>, UnsafeMutablePointer<Element>) -> Void
  ) -> [Element] {
    [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress {
        // Unsafe: each part writes to the elements of its own range only, and all end before this returns.
        nonisolated(unsafe) let elements = base
        _ = map(count: count) { body($0, elements) }
      }
      initialized = count
    }
  }
}
