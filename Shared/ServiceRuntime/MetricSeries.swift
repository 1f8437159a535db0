import CoreMetrics
import Synchronization

/// One line, or one histogram, of a Prometheus page.
protocol MetricSeries: AnyObject, Sendable {
  func write(name: String, labels: String, to page: inout String)
}

private func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

/// Adds to a double that is kept as bits in an atomic.
private func add(_ amount: Double, to bits: borrowing Atomic<UInt64>) {
  var seen = bits.load(ordering: .relaxed)
  while true {
    let wanted = (Double(bitPattern: seen) + amount).bitPattern
    let (done, now) = bits.weakCompareExchange(
      expected: seen, desired: wanted, ordering: .relaxed)
    if done { return }
    seen = now
  }
}

final class CounterSeries: MetricSeries, CounterHandler {
  private let value = Atomic<Int64>(0)

  func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
  func reset() { value.store(0, ordering: .relaxed) }

  func write(name: String, labels: String, to page: inout String) {
    page += "\(name)\(braced(labels)) \(value.load(ordering: .relaxed))\n"
  }
}

final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
  private let bits = Atomic<UInt64>(Double(0).bitPattern)

  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
  func increment(by amount: Double) { add(amount, to: bits) }
  func decrement(by amount: Double) { add(-amount, to: bits) }
  func record(_ value: Int64) { set(Double(value)) }
  func record(_ value: Double) { set(value) }

  func write(name: String, labels: String, to page: inout String) {
    page += "\(name)\(braced(labels)) \(Double(bitPattern: bits.load(ordering: .relaxed)))\n"
  }
}

final class HistogramSeries: MetricSeries, TimerHandler, RecorderHandler {
  private final class Cell: Sendable {
    let count = Atomic<Int>(0)
  }

  private let bounds: [Double]
  private let cells: [Cell]
  private let sum = Atomic<UInt64>(Double(0).bitPattern)

  init(bounds: [Double]) {
    self.bounds = bounds
    cells = (0...bounds.count).map { _ in Cell() }
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    guard !value.isNaN else { return }
    var low = 0
    var high = bounds.count
    while low < high {
      let middle = (low + high) / 2
      if value <= bounds[middle] { high = middle } else { low = middle + 1 }
    }
    cells[low].count.wrappingAdd(1, ordering: .relaxed)
    add(value, to: sum)
  }

  func write(name: String, labels: String, to page: inout String) {
    let prefix = labels.isEmpty ? "" : labels + ","
    var running = 0
    for (index, cell) in cells.enumerated() {
      running += cell.count.load(ordering: .relaxed)
      let bound = index < bounds.count ? "\(bounds[index])" : "+Inf"
      page += "\(name)_bucket{\(prefix)le=\"\(bound)\"} \(running)\n"
    }
    page += "\(name)_sum\(braced(labels)) \(Double(bitPattern: sum.load(ordering: .relaxed)))\n"
    page += "\(name)_count\(braced(labels)) \(running)\n"
  }
}
