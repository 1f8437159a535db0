import Foundation

/// What all cores of the machine have done so far, in ticks: the first line of /proc/stat, proc(5).
struct MachineTime: Sendable, Equatable {
  var total: Int
  var idle: Int
  /// Time in which the hypervisor let others run.
  var stolen: Int

  /// Now; nil where the file cannot be read.
  static func read() -> MachineTime? {
    (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)).flatMap { MachineTime(stat: $0) }
  }

  /// - Parameter stat: `cpu  user nice system idle iowait irq softirq steal guest guest_nice`. Guests'
  ///   time is part of user and nice.
  init?(stat: String) {
    guard let line = stat.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
    let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Int($0) }
    guard ticks.count == 8 else { return nil }
    total = ticks.reduce(0, +)
    idle = ticks[3] + ticks[4]
    stolen = ticks[7]
  }

  /// Shares of the time since an earlier reading.
  func since(_ earlier: MachineTime) -> LoadGeneratorReport.Machine? {
    let ticks = Double(total - earlier.total)
    guard ticks > 0 else { return nil }
    return LoadGeneratorReport.Machine(
      cores: ProcessInfo.processInfo.activeProcessorCount,
      busyShare: 1 - Double(idle - earlier.idle) / ticks,
      stolenShare: Double(stolen - earlier.stolen) / ticks)
  }
}
