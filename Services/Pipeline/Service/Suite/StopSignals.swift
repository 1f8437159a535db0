import Dispatch
import Foundation

/// Waits for Ctrl-C or SIGTERM.
public final class StopSignals: Sendable {
  private let stream: AsyncStream<Int32>
  // Dispatch sources may be used from any thread; their protocol does not say so.
  nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

  /// From now on the signals no longer end the process by themselves.
  public init() {
    let (stream, continuation) = AsyncStream<Int32>.makeStream()
    self.stream = stream
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { continuation.yield(number) }
      source.resume()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }

  /// Waits for the next one.
  public func next() async -> Int32? {
    for await number in stream { return number }
    return nil
  }
}
