/// What came of the load; latencies are counted from when each request was due.
public struct LoadGeneratorReport: Sendable, Codable {
  /// Latencies of the requests that went well, in microseconds.
  public struct Latency: Sendable, Codable, Hashable {
    /// The mean.
    public let meanMicroseconds: Double
    /// Half were at most this.
    public let p50Microseconds: Int
    /// Nine of ten were at most this.
    public let p90Microseconds: Int
    /// 95 of 100 were at most this.
    public let p95Microseconds: Int
    /// 99 of 100 were at most this.
    public let p99Microseconds: Int
    /// 999 of 1000 were at most this.
    public let p999Microseconds: Int
    /// The slowest.
    public let maxMicroseconds: Int
  }

  /// A point of the distribution of latencies.
  public struct Percentile: Sendable, Codable, Hashable {
    /// So many of a hundred requests ...
    public let percentile: Double
    /// ... took at most this.
    public let microseconds: Int
  }

  /// The requests of one kind.
  public struct Kind: Sendable, Codable {
    /// What it is called.
    public let name: String
    /// Requests that went well.
    public let succeeded: Int
    /// Requests that failed, by the name of the code.
    public let errors: [String: Int]
    /// Latencies of those that went well; nil when none did.
    public let latency: Latency?
    /// The distribution of these latencies.
    public let percentiles: [Percentile]
  }

  /// A short time of the run.
  public struct Interval: Sendable, Codable {
    /// When it began, in seconds after the measuring did.
    public let start: Double
    /// Its length in seconds.
    public let seconds: Double
    /// Requests that were due in it; nil without a constant rate.
    public let due: Int?
    /// Requests that ended well in it.
    public let succeeded: Int
    /// Requests that failed in it.
    public let failed: Int
    /// Latencies of the requests that were due in it and went well; nil when none did.
    public let p50Microseconds: Int?
    /// 95 of 100 were at most this.
    public let p95Microseconds: Int?
    /// 99 of 100 were at most this.
    public let p99Microseconds: Int?
  }

  /// What a watched process used.
  public struct ProcessorTime: Sendable, Codable, Hashable {
    /// The process.
    public let name: String
    /// CPU time for one request; nil when the process ended or was restarted meanwhile.
    public let microsecondsPerRequest: Double?
    /// The share of one core.
    public let coreShare: Double?
    /// The share of one core from time to time.
    public let course: [CoreShare]
  }

  /// How busy a process was for a short time.
  public struct CoreShare: Sendable, Codable, Hashable {
    /// When the time began, in seconds after the measuring did.
    public let start: Double
    /// Its length in seconds.
    public let seconds: Double
    /// The share of one core; nil when the process ended or was restarted meanwhile.
    public let share: Double?
  }

  /// What the making of the load itself cost, and how late it was by its own fault.
  public struct Generator: Sendable, Codable, Hashable {
    /// CPU time of this process for one request.
    public let microsecondsPerRequest: Double?
    /// The share of one core that this process used.
    public let coreShare: Double?
    /// How late requests left, though there was room for them: half were at most this.
    public let lagP50Microseconds: Int
    /// 99 of 100 were at most this.
    public let lagP99Microseconds: Int
    /// The latest.
    public let lagMaxMicroseconds: Int
    /// Requests that had to wait since as many as allowed were under way.
    public let waitedForRoom: Int
  }

  /// How busy the machine was, with all that ran on it.
  public struct Machine: Sendable, Codable, Hashable {
    /// Its cores.
    public let cores: Int
    /// Share of its time that it worked.
    public let busyShare: Double
    /// Share of its time that its hypervisor gave to others.
    public let stolenShare: Double
  }

  /// The rate that was asked for; nil without a constant rate.
  public let requestedPerSecond: Double?
  /// Requests that went well, a second.
  public let succeededPerSecond: Double
  /// How long was measured: the plan's time, or until the last answer where that came later.
  public let seconds: Double
  /// Requests that were due while measuring.
  public let due: Int
  /// Requests that went well.
  public let succeeded: Int
  /// Requests that failed, by the name of the code. `NOT_SENT`: still waiting for room when the time
  /// was up.
  public let errors: [String: Int]
  /// Latencies of the requests that went well; nil when none did.
  public let latency: Latency?
  /// The distribution of these latencies.
  public let percentiles: [Percentile]
  /// The same by kind of request, without the kinds that did not occur.
  public let kinds: [Kind]
  /// The same from time to time.
  public let intervals: [Interval]
  /// What the watched processes used.
  public let processorTimes: [ProcessorTime]
  /// What the making of the load cost.
  public let generator: Generator
  /// How busy the machine was; nil where it does not say.
  public let machine: Machine?

  /// Requests that failed.
  public var failed: Int { errors.values.reduce(0, +) }

  /// The share of the requests that went well.
  public var successShare: Double { due > 0 ? Double(succeeded) / Double(due) : 0 }

  /// CPU time of all watched processes for one request; nil when one cannot be told.
  public var microsecondsPerRequest: Double? {
    let each = processorTimes.compactMap(\.microsecondsPerRequest)
    return each.count == processorTimes.count && !each.isEmpty ? each.reduce(0, +) : nil
  }
}
