import Dispatch
import Foundation
import Synchronization

/// Splits rows over threads in blocks that are handed out as threads come free.
///
/// A body that writes only to its own rows gives the same result with any number of threads.
public struct ParallelRows: Sendable {
  /// How many threads take part.
  public let threads: Int
  /// Rows handed out at once.
  public let blockSize: Int

  /// A splitter.
  ///
  /// - Parameter threads: nil for all cores.
  public init(threads: Int? = nil, blockSize: Int = 64) {
    self.threads = max(1, threads ?? ProcessInfo.processInfo.activeProcessorCount)
    self.blockSize = max(1, blockSize)
  }

  /// Calls the body with ranges that together cover `0..<count`, each once, and waits for all.
  ///
  /// - Parameter body: gets the thread's number, below ``threads``, for its scratch memory.
  public func run(
    count: Int, _ body: @Sendable (_ thread: Int, _ rows: Range<Int>) -> Void
  ) {
    let next = Atomic<Int>(0)
    let blockSize = blockSize
    @Sendable func work(_ thread: Int) {
      while true {
        let start = next.add(blockSize, ordering: .relaxed).oldValue
        guard start < count else { return }
        body(thread, start..<min(count, start + blockSize))
      }
    }
    let threads = min(threads, (count + blockSize - 1) / blockSize)
    if threads <= 1 { return work(0) }
    DispatchQueue.concurrentPerform(iterations: threads, execute: work)
  }
}
