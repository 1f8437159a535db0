import Foundation
import LinearAlgebra

/// Adam (Kingma, Ba 2015) on the rows of a table, with one second moment a row: rows move by their own
/// rate, whichever way their vectors are turned. Rows that a step does not touch stay as they are.
struct RowAdam {
  private var first: [Float]
  private var second: [Float]
  private var steps: [Int32]
  private let width: Int
  private let factors: Int
  private let rate: Float
  private let decay: Float

  private static let firstKeeping: Float = 0.9
  private static let secondKeeping: Float = 0.99

  init(_ table: FactorTable, factors: Int, rate: Float, decay: Float) {
    width = table.width
    self.factors = factors
    self.rate = rate
    self.decay = decay
    first = [Float](repeating: 0, count: table.count * table.width)
    second = [Float](repeating: 0, count: table.count)
    steps = [Int32](repeating: 0, count: table.count)
  }

  /// Moves rows against their slopes, each row by the thread that it is handed to.
  ///
  /// - Parameters:
  ///   - keys: `row << 32 | place`, sorted: the slopes of equal rows are summed in the order of their places.
  ///   - slopes: `width` values a place.
  mutating func step(
    _ table: inout FactorTable, keys: [UInt64], slopes: UnsafePointer<Float>, threads: Int?
  ) {
    let runs = Self.runs(keys)
    let (width, factors, rate, decay) = (width, factors, rate, decay)
    first.withUnsafeMutableBufferPointer { first in
      second.withUnsafeMutableBufferPointer { second in
        steps.withUnsafeMutableBufferPointer { steps in
          table.matrix.withUnsafeMutableValues { values in
            guard let first = first.baseAddress, let second = second.baseAddress,
              let steps = steps.baseAddress, let values = values.baseAddress
            else { return }
            // Rows differ between runs, and each thread has its own runs.
            nonisolated(unsafe) let (moments, powers, counts, rows) = (first, second, steps, values)
            nonisolated(unsafe) let given = slopes
            ParallelRows(threads: threads, blockSize: 128).run(count: runs.count - 1) { _, range in
              withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { slope in
                guard let slope = slope.baseAddress else { return }
                for run in range {
                  let row = Int(keys[runs[run]] >> 32)
                  slope.update(repeating: 0, count: width)
                  for place in runs[run]..<runs[run + 1] {
                    let source = given + Int(keys[place] & 0xffff_ffff) * width
                    for index in 0..<width { slope[index] += source[index] }
                  }
                  counts[row] += 1
                  Self.move(
                    rows + row * width, slope, moments + row * width, powers + row,
                    step: counts[row], width, factors, rate, decay)
                }
              }
            }
          }
        }
      }
    }
  }

  private static func move(
    _ row: UnsafeMutablePointer<Float>, _ slope: UnsafeMutablePointer<Float>,
    _ first: UnsafeMutablePointer<Float>, _ second: UnsafeMutablePointer<Float>, step: Int32,
    _ width: Int, _ factors: Int, _ rate: Float, _ decay: Float
  ) {
    var power: Float = 0
    for index in 0..<width {
      slope[index] += decay * row[index]
      power += slope[index] * slope[index]
    }
    second.pointee =
      secondKeeping * second.pointee + (1 - secondKeeping) * power / Float(factors)
    // Corrections of moments that began at 0.
    let firstPart = 1 - powf(firstKeeping, Float(step))
    let secondPart = 1 - powf(secondKeeping, Float(step))
    let scale = rate / firstPart / ((second.pointee / secondPart).squareRoot() + 1e-10)
    for index in 0..<width {
      first[index] = firstKeeping * first[index] + (1 - firstKeeping) * slope[index]
      row[index] -= scale * first[index]
    }
  }

  /// Where the keys of each row start, and the end.
  private static func runs(_ keys: [UInt64]) -> [Int] {
    var runs: [Int] = []
    var last = UInt64.max
    for (place, key) in keys.enumerated() where key >> 32 != last {
      runs.append(place)
      last = key >> 32
    }
    return runs + [keys.count]
  }
}
