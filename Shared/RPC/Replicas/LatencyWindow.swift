import Synchronization

/// The latencies of a method's latest calls, for one percentile of them.
///
/// A histogram with eight cells an octave (so within 9 %), whose counts are halved now and then: old calls weigh
/// ever less.
final class LatencyWindow: Sendable {
  private static let cellsPerOctave = 8
  /// From 16 µs to over a minute.
  private static let cells = 22 * cellsPerOctave
  private static let origin = 4 * cellsPerOctave
  /// Samples between two looks at the percentile.
  private static let stride = 64
  /// Weight of all samples beyond which they are halved.
  private static let capacity = 2_048

  private struct State {
    var counts = [Int](repeating: 0, count: cells)
    var total = 0
    var sinceLook = 0
    var value: Duration?
  }

  private let percentile: Double
  private let minimumSamples: Int
  private let state = Mutex(State())

  init(percentile: Double, minimumSamples: Int) {
    self.percentile = percentile
    self.minimumSamples = max(1, minimumSamples)
  }

  /// The percentile; nil before there were enough samples.
  var value: Duration? { state.withLock { $0.value } }

  /// Adds a call's latency.
  ///
  /// - Complexity: O(1) but for every 64th, which looks at all 176 cells.
  func add(_ latency: Duration) {
    let cell = Self.cell(latency)
    state.withLock { state in
      state.counts[cell] += 1
      state.total += 1
      state.sinceLook += 1
      guard state.total >= minimumSamples, state.value == nil || state.sinceLook >= Self.stride
      else { return }
      state.sinceLook = 0
      look(&state)
    }
  }

  private func look(_ state: inout State) {
    let wanted = Double(state.total) * percentile
    var seen = 0
    for (cell, count) in state.counts.enumerated() {
      seen += count
      if Double(seen) >= wanted {
        state.value = Self.upperEdge(cell)
        break
      }
    }
    guard state.total >= Self.capacity else { return }
    for cell in state.counts.indices { state.counts[cell] /= 2 }
    state.total = state.counts.reduce(0, +)
  }

  /// Eight cells an octave of microseconds: exponent, and the three bits below the leading one.
  private static func cell(_ latency: Duration) -> Int {
    let microseconds = UInt64(clamping: latency.wholeNanoseconds / 1_000)
    guard microseconds >= 16 else { return 0 }
    let exponent = 63 - microseconds.leadingZeroBitCount
    let fraction = Int((microseconds >> (exponent - 3)) & 7)
    return min(cells - 1, exponent * cellsPerOctave + fraction - origin)
  }

  private static func upperEdge(_ cell: Int) -> Duration {
    let (exponent, fraction) = (cell + origin).quotientAndRemainder(dividingBy: cellsPerOctave)
    return .microseconds(Int64(1 << exponent) + Int64((fraction + 1) << (exponent - 3)))
  }
}
