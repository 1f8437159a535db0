extension LoadGeneratorReport {
  /// Puts together what was counted.
  init(
    _ plan: LoadGeneratorPlan, _ result: LoadRecorder.Result,
    _ samples: ProcessorTimeSampler.Samples, lag: LoadHistogram, waitedForRoom: Int
  ) {
    var all = LoadHistogram()
    var errors: [String: Int] = [:]
    for kind in result.kinds {
      all.add(kind.latencies)
      errors.merge(kind.errors, uniquingKeysWith: +)
    }
    if result.notSent > 0 { errors["NOT_SENT"] = result.notSent }
    let seconds = result.duration.inSeconds
    let ended = all.count + errors.values.reduce(0, +)
    self.init(
      requestedPerSecond: plan.requestsPerSecond,
      succeededPerSecond: seconds > 0 ? Double(all.count) / seconds : 0, seconds: seconds,
      due: plan.requestsPerSecond == nil ? ended : plan.requestCount - plan.warmUpCount,
      succeeded: all.count, errors: errors, latency: all.latency, percentiles: all.curve,
      kinds: result.kinds.filter { $0.latencies.count > 0 || !$0.errors.isEmpty }.map { Kind($0) },
      intervals: Self.intervals(plan, result),
      processorTimes: Self.processorTimes(samples, requests: all.count),
      generator: Generator(
        microsecondsPerRequest: Self.perRequest(samples.usedByOwn, ended),
        coreShare: samples.share(samples.usedByOwn), lagP50Microseconds: lag.at(50),
        lagP99Microseconds: lag.at(99), lagMaxMicroseconds: lag.at(100),
        waitedForRoom: waitedForRoom),
      machine: samples.machine)
  }

  private static func processorTimes(
    _ samples: ProcessorTimeSampler.Samples, requests: Int
  ) -> [ProcessorTime] {
    samples.names.indices.map { index in
      let used = samples.samples.isEmpty ? nil : samples.used(by: index)
      return ProcessorTime(
        name: samples.names[index], microsecondsPerRequest: perRequest(used, requests),
        coreShare: samples.share(used),
        course: samples.coreShares(of: index))
    }
  }

  private static func perRequest(_ used: Duration?, _ requests: Int) -> Double? {
    requests > 0 ? used.map { $0.inSeconds * 1e6 / Double(requests) } : nil
  }

  private static func intervals(
    _ plan: LoadGeneratorPlan, _ result: LoadRecorder.Result
  ) -> [Interval] {
    let length = result.intervalLength.inSeconds
    let whole = plan.duration.inSeconds
    // As many as are due before a moment after the measuring began.
    func dueBefore(_ seconds: Double) -> Int {
      min(
        Int(((plan.requestsPerSecond ?? 0) * seconds).rounded(.up)),
        plan.requestCount - plan.warmUpCount)
    }
    return result.intervals.enumerated().map { index, interval in
      let start = Double(index) * length
      let end = min(start + length, whole)
      return Interval(
        start: start, seconds: end - start,
        due: plan.requestsPerSecond == nil ? nil : dueBefore(end) - dueBefore(start),
        succeeded: interval.succeeded, failed: interval.failed,
        p50Microseconds: interval.latencies.at(50), p95Microseconds: interval.latencies.at(95),
        p99Microseconds: interval.latencies.at(99))
    }
  }
}

extension LoadGeneratorReport.Kind {
  fileprivate init(_ kind: LoadRecorder.Kind) {
    self.init(
      name: kind.name, succeeded: kind.latencies.count, errors: kind.errors,
      latency: kind.latencies.latency, percentiles: kind.latencies.curve)
  }
}
