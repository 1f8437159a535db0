import Foundation
import Synchronization

/// The one thread that starts child processes.
///
/// Linux sends a child its parent-death signal when the *thread* that started it ends, so children must come
/// from a thread that lives as long as the process: a pool's thread may go at any time.
final class SpawnThread: Sendable {
  static let shared = SpawnThread()

  private let work = Mutex<[@Sendable () -> Void]>([])
  private let arrived = DispatchSemaphore(value: 0)

  private init() {
    let thread = Thread { [self] in
      while true {
        arrived.wait()
        let next = work.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        next?()
      }
    }
    thread.name = "recsys-spawn"
    thread.start()
  }

  /// Runs a piece of work on the thread and waits for it.
  func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) -> Result? {
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<Result?>(nil)
    work.withLock {
      $0.append {
        let value = body()
        result.withLock { $0 = value }
        done.signal()
      }
    }
    arrived.signal()
    done.wait()
    return result.withLock { $0 }
  }
}
