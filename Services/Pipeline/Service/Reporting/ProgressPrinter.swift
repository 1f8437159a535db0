import Foundation
import Synchronization

/// Says how far long work has come: one moving line with rate and time left on a terminal, plain lines
/// (at most one every few seconds) elsewhere. Writes to standard error, so that standard output stays
/// for results.
public final class ProgressPrinter: Sendable {
  private struct State {
    var task = ""
    var start = ContinuousClock.now
    var last: ContinuousClock.Instant?
    var lineLength = 0
  }

  private let state = Mutex(State())
  private let isTerminal: Bool
  private let isQuiet: Bool

  /// A printer.
  public init(quiet: Bool = false) {
    isQuiet = quiet
    isTerminal = isatty(STDERR_FILENO) == 1
  }

  /// Reports that so much of a task is done. A new task's name begins a new line.
  ///
  /// - Parameters:
  ///   - total: 0 when it is not known.
  ///   - unit: what is counted, e.g. "rows".
  public func report(_ task: String, done: Int, total: Int, unit: String, note: String = "") {
    guard !isQuiet else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      if state.task != task {
        finishLine(&state)
        state.task = task
        state.start = now
        state.last = nil
      }
      let isLast = total > 0 && done >= total
      let pause: Duration = isTerminal ? .milliseconds(100) : .seconds(5)
      if let last = state.last, now - last < pause, !isLast { return }
      if !isTerminal, state.last == nil, !isLast, done == 0 { return }
      state.last = now
      write(
        Self.line(
          task, done: done, total: total, unit: unit, seconds: (now - state.start) / .seconds(1),
          note: note), &state)
      if isLast { finishLine(&state) }
    }
  }

  /// Says something that is no progress.
  public func say(_ text: String) {
    guard !isQuiet else { return }
    state.withLock { state in
      finishLine(&state)
      FileHandle.standardError.write(Data((text + "\n").utf8))
    }
  }

  /// e.g. `training  3 of 16 epochs  0.9 epochs/s  14 s left`.
  static func line(
    _ task: String, done: Int, total: Int, unit: String, seconds: Double, note: String
  ) -> String {
    var parts = [task, total > 0 ? "\(done) of \(total) \(unit)" : "\(done) \(unit)"]
    let rate = seconds > 0 ? Double(done) / seconds : 0
    if rate > 0, done > 0 {
      parts.append(String(format: rate < 100 ? "%.1f" : "%.0f", rate) + " \(unit)/s")
      if total > done {
        parts.append(String(format: "%.0f s left", Double(total - done) / rate))
      } else {
        parts.append(String(format: "%.1f s", seconds))
      }
    }
    if !note.isEmpty { parts.append(note) }
    return parts.joined(separator: "  ")
  }

  private func write(_ line: String, _ state: inout State) {
    if isTerminal {
      let padding = String(repeating: " ", count: max(0, state.lineLength - line.count))
      FileHandle.standardError.write(Data("\r\(line)\(padding)".utf8))
      state.lineLength = line.count
    } else {
      FileHandle.standardError.write(Data((line + "\n").utf8))
    }
  }

  private func finishLine(_ state: inout State) {
    if isTerminal, state.lineLength > 0 { FileHandle.standardError.write(Data("\n".utf8)) }
    state.lineLength = 0
    state.task = ""
  }
}
