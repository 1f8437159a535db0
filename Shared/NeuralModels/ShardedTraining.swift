internal import LinearAlgebra
internal import Synchronization

/// Trains on batches that are split into shards, which run on all cores.
///
/// Each shard runs forward and backward on one thread, with leaves of its own; gradients are added in the
/// order of the shards. The number of shards does not depend on the machine: the result is the same with any
/// number of threads.
final class ShardedTraining {
  let parameters: Parameters
  private let shards: [Leaves]
  private let splitter: ParallelRows

  init(_ parameters: Parameters, shards: Int, threads: Int?) throws {
    self.parameters = parameters
    self.shards = try (0..<max(1, shards)).map { _ in try parameters.leaves() }
    splitter = ParallelRows(threads: threads, blockSize: 1)
  }

  /// One step.
  ///
  /// - Parameter loss: what a shard adds to the loss of the batch; nil when it has nothing.
  /// - Returns: the loss of the batch.
  func step(
    _ adam: Adam, loss: @Sendable (_ shard: Int, _ parameters: Leaves) throws -> Tensor?
  ) throws -> Double {
    let shards = shards
    let outcome = Mutex<(losses: [Double], failure: (any Error)?)>(
      ([Double](repeating: 0, count: shards.count), nil))
    splitter.run(count: shards.count) { _, range in
      for shard in range {
        do {
          guard let loss = try loss(shard, shards[shard]) else { continue }
          try loss.backward()
          let value = Double(try loss.scalar())
          outcome.withLock { $0.losses[shard] = value }
        } catch {
          outcome.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    let (losses, failure) = outcome.withLock { ($0.losses, $0.failure) }
    if let failure { throw failure }
    try parameters.step(shards, adam)
    return losses.reduce(0, +)
  }
}
