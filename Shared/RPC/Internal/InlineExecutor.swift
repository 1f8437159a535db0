internal import CGRPC

/// Runs Swift jobs on the gRPC or pool thread that makes them ready, so that a request needs no
/// thread hop. The hop to the default executor is the whole price of Swift over C++
/// (TRANSPORT.md section 2: 6 to 13 µs of CPU a call).
///
/// A job made ready on such a thread is queued on it and runs as soon as the callback at hand has
/// returned: never nested in another job, nor under a lock that the waker holds. A job made ready
/// anywhere else runs on the global executor.
final class InlineExecutor: TaskExecutor {
  static let shared = InlineExecutor()

  private init() {
    cgrpc_jobs_set_runner { job in
      unsafeBitCast(job, to: UnownedJob.self)
        .runSynchronously(on: InlineExecutor.shared.asUnownedTaskExecutor())
    }
    cgrpc_process_tune()
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    // An UnownedJob is one pointer to the runtime's job; the shim only carries it.
    if !cgrpc_jobs_push(unsafeBitCast(job, to: UnsafeMutableRawPointer.self)) {
      globalConcurrentExecutor.enqueue(job)
    }
  }
}
