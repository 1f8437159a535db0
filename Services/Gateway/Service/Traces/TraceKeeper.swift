/// Keeps the traces of answers where they are kept: in memory, and on disk too where that is wanted.
struct TraceKeeper: Sendable {
  let memory: TraceStore
  /// Nil: none is kept on disk.
  let log: TraceLog?

  /// Keeps the trace of an answer that was made.
  func insert(_ trace: RequestTrace) {
    memory.insert(trace)
    log?.insert(trace)
  }

  /// Keeps the note of an answer from the cache.
  func insert(_ answer: CachedAnswer) {
    memory.insert(answer)
    log?.insert(answer)
  }
}
