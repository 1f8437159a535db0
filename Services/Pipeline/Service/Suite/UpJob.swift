/// Runs the five services until Ctrl-C, SIGTERM, or the end of one of them.
public struct UpJob: Sendable {
  /// How to start them.
  public var options: Suite.Options

  /// A run.
  public init(options: Suite.Options = Suite.Options()) { self.options = options }

  /// Runs it. When a service without replicas ends by itself all are ended, and that is an error; a replica that
  /// ends is started again.
  ///
  /// - Parameters:
  ///   - isUp: called once all serve.
  ///   - onRestart: told of a replica that ended.
  public func run(
    in state: StateFolder, isUp: @Sendable (Suite) -> Void,
    onRestart: @escaping @Sendable (PipelineError) -> Void = { _ in }
  ) async throws {
    let signals = StopSignals()
    let suite = try await Suite.start(state: state, options: options)
    isUp(suite)
    let failure = await Self.waitForEnd(suite, signals, onRestart)
    if let failure { throw failure }
  }

  /// Waits for a signal or for a service that ends, then ends all.
  ///
  /// - Returns: what went wrong; nil after a signal.
  static func waitForEnd(
    _ suite: Suite, _ signals: StopSignals,
    _ onRestart: @escaping @Sendable (PipelineError) -> Void = { _ in }
  ) async -> PipelineError? {
    await withTaskGroup(of: PipelineError?.self) { group in
      group.addTask {
        _ = await signals.next()
        return nil
      }
      group.addTask { await suite.waitUntilOneEnds(onRestart: onRestart) }
      let first = await group.next() ?? nil
      await suite.stop()
      // The waits left over end with the children, or by cancellation.
      group.cancelAll()
      return first
    }
  }
}
