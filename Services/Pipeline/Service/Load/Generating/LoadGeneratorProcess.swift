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

  /// The CPU time that all its threads, also those that have ended, have used in user and in kernel
  /// mode; nil when it is gone. To the nanosecond: `/proc` would tell only hundredths of a second.
  func cpuTime() -> Duration? {
    var clock = clockid_t()
    var time = timespec()
    // Linux makes the clock's number of the process's, of which 22 bits are as many as there are.
    guard (1..<(1 << 22)).contains(processID), clock_getcpuclockid(processID, &clock) == 0,
      clock_gettime(clock, &time) == 0
    else { return nil }
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
