import Foundation

/// What a step cost.
struct Measurement: Codable {
  var step: String
  var rows: Int
  var seconds: Double
  var rowsPerSecond: Double
  /// The most memory that was in use during the step, what earlier steps left included.
  var peakBytes: Int

  enum CodingKeys: String, CodingKey {
    case step, rows, seconds
    case rowsPerSecond = "rows_per_s"
    case peakBytes = "peak_bytes"
  }

  static let heading = "step                             seconds   M rows/s   peak MiB"

  var line: String {
    step.padding(toLength: 32, withPad: " ", startingAt: 0)
      + String(format: "%8.2f %10.2f %10d", seconds, rowsPerSecond / 1e6, peakBytes >> 20)
  }

  /// Runs a step and measures it.
  static func of<Result>(
    _ step: String, rows: Int, _ body: () throws -> Result
  ) rethrows -> (Result, Measurement) {
    PeakMemory.reset()
    let start = ContinuousClock.now
    let result = try body()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return (
      result,
      Measurement(
        step: step, rows: rows, seconds: seconds, rowsPerSecond: Double(rows) / seconds,
        peakBytes: PeakMemory.bytes())
    )
  }
}

/// The most memory that this process had at once, as Linux counts it.
enum PeakMemory {
  /// Begins to count anew; without /proc it goes on with the old maximum.
  static func reset() {
    guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
    try? file.write(contentsOf: Data("5".utf8))
    try? file.close()
  }

  /// Since the last reset; 0 without /proc.
  static func bytes() -> Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kilobytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
    else { return 0 }
    return (Int(kilobytes) ?? 0) << 10
  }
}
