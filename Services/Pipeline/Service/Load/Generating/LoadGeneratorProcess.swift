import Foundation

/// A process whose CPU time is watched under load.
public struct LoadGeneratorProcess: Sendable, Hashable {
  /// What the report calls it.
  public let name: String
  /// Its id.
  public let processID: Int32

  /// Names a process to watch.
  public init(name: String, processID: Int32) {
    self.name = name
    self.processID = processID
  }

  /// The CPU time it has used, in user and in kernel mode; nil when it is gone.
  func cpuTime() -> Duration? {
    guard let text = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8) else {
      return nil
    }
    return Self.cpuTime(stat: text, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
  }

  /// utime and stime, fields 14 and 15 of proc(5); the name, field 2, may hold spaces and brackets.
  static func cpuTime(stat: String, ticksPerSecond: Int) -> Duration? {
    guard let end = stat.lastIndex(of: ")"), ticksPerSecond > 0 else { return nil }
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Int(fields[11]), let kernel = Int(fields[12]) else {
      return nil
    }
    return .seconds(Double(user + kernel) / Double(ticksPerSecond))
  }
}
