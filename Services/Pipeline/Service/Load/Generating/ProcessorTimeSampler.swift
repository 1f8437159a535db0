import Foundation
import Synchronization

/// Reads the CPU times of some processes, of this one and of the machine, again and again while load is made.
final class ProcessorTimeSampler: Sendable {
  /// What was read at one moment.
  struct Sample: Sendable {
    /// Since the first one.
    var elapsed: Duration
    /// CPU time used so far, by process; nil where it is gone.
    var processes: [Duration?]
    /// Of this process.
    var own: Duration?
    /// Of the machine.
    var machine: MachineTime?
  }

  let processes: [LoadGeneratorProcess]
  private let interval: Duration
  private let taken = Mutex<(start: ContinuousClock.Instant?, samples: [Sample])>((nil, []))
  private let isOver = DispatchSemaphore(value: 0)

  init(_ processes: [LoadGeneratorProcess], every interval: Duration) {
    self.processes = processes
    self.interval = interval
  }

  /// Takes the first sample, and from now on others, on a thread of its own.
  func begin() {
    let start = ContinuousClock.now
    taken.withLock { $0.start = start }
    take()
    Thread.detachNewThread { [self] in
      for count in 1... {
        let next = start.advanced(by: interval * count)
        let left = ContinuousClock.now.duration(to: next).inSeconds
        if isOver.wait(timeout: .now() + max(0, left)) == .success { return }
        take()
      }
    }
  }

  /// Takes the last sample.
  func end() {
    guard taken.withLock({ $0.start != nil }) else { return }
    isOver.signal()
    take()
  }

  /// All that were taken, in order of time.
  func samples() -> Samples {
    Samples(names: processes.map(\.name), samples: taken.withLock { $0.samples })
  }

  private func take() {
    let own = LoadGeneratorProcess(
      name: "own", processID: ProcessInfo.processInfo.processIdentifier)
    let times = processes.map { $0.cpuTime() }
    let machine = MachineTime.read()
    let ownTime = own.cpuTime()
    taken.withLock { taken in
      guard let start = taken.start else { return }
      taken.samples.append(
        Sample(
          elapsed: start.duration(to: .now), processes: times, own: ownTime, machine: machine))
    }
  }

  /// The readings, and what follows from them.
  struct Samples: Sendable {
    let names: [String]
    let samples: [Sample]

    /// CPU time that a process used from the first to the last reading; nil where it ended or was
    /// started anew meanwhile, since then nothing true can be said of it.
    func used(by index: Int) -> Duration? {
      Self.difference(samples.first?.processes[index], samples.last?.processes[index])
    }

    /// CPU time of this process.
    var usedByOwn: Duration? { Self.difference(samples.first?.own, samples.last?.own) }

    /// A CPU time as a share of one core, from the first to the last reading.
    func share(_ used: Duration?) -> Double? {
      guard let used, let last = samples.last, last.elapsed > .zero else { return nil }
      return used / last.elapsed
    }

    /// How busy the machine was.
    var machine: LoadGeneratorReport.Machine? {
      guard let first = samples.first?.machine, let last = samples.last?.machine else { return nil }
      return last.since(first)
    }

    /// Share of one core that a process used between each reading and the next.
    func coreShares(of index: Int) -> [LoadGeneratorReport.CoreShare] {
      zip(samples, samples.dropFirst()).compactMap { earlier, later in
        let seconds = (later.elapsed - earlier.elapsed).inSeconds
        // The last reading may follow the one before it at once.
        guard seconds > 0.2 else { return nil }
        let used = Self.difference(earlier.processes[index], later.processes[index])
        return LoadGeneratorReport.CoreShare(
          start: earlier.elapsed.inSeconds, seconds: seconds,
          share: used.map { $0.inSeconds / seconds })
      }
    }

    private static func difference(_ first: Duration??, _ last: Duration??) -> Duration? {
      guard let first = first ?? nil, let last = last ?? nil, last >= first else { return nil }
      return last - first
    }
  }
}
