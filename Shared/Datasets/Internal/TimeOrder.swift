import Dispatch

/// Rows in the order of their times; rows of one time keep their order.
///
/// Least-significant-digit radix sort of words that hold a time above and its row below, on all cores: each
/// thread counts and moves its own part of the rows, which keeps the sort stable.
/// - Complexity: O(rows x digits): three digits of 11 bits for 60 years in seconds, four for three years in ms.
struct TimeOrder {
  private static let digitBits = 11

  let times: [Int64]

  /// The rows.
  func rows() -> [Int32] {
    let count = times.count
    let (first, last) = bounds()
    guard count > 1, first < last else { return (0..<Int32(count)).map { $0 } }
    // Times in whole seconds are sorted as such: a digit less.
    let unit: UInt64 = areWholeSeconds(since: first) ? 1000 : 1
    let span = UInt64(bitPattern: last &- first) / unit
    let rowBits = Int.bitWidth - (count - 1).leadingZeroBitCount
    let timeBits = UInt64.bitWidth - span.leadingZeroBitCount
    guard rowBits + timeBits <= 64 else { return rowsByComparison() }
    let times = times
    var words: [UInt64] = ParallelParts.filled(count: count) { range, words in
      times.withUnsafeBufferPointer { times in
        for row in range {
          let distance = UInt64(bitPattern: times[row] &- first) / unit
          (words + row).initialize(to: distance << UInt64(rowBits) | UInt64(row))
        }
      }
    }
    var scratch = [UInt64](repeating: 0, count: count)
    var shift = rowBits
    while shift < rowBits + timeBits {
      Self.pass(from: words, to: &scratch, shift: UInt64(shift))
      swap(&words, &scratch)
      shift += Self.digitBits
    }
    let sorted = words
    let mask = (UInt64(1) << UInt64(rowBits)) - 1
    return ParallelParts.filled(count: count) { range, rows in
      sorted.withUnsafeBufferPointer { sorted in
        for place in range {
          (rows + place).initialize(to: Int32(truncatingIfNeeded: sorted[place] & mask))
        }
      }
    }
  }

  /// One digit: counts of each part, starts of each part's share of each digit, and the move.
  private static func pass(from source: [UInt64], to target: inout [UInt64], shift: UInt64) {
    let digits = 1 << digitBits
    let parts = max(1, min(ParallelParts.threads, source.count >> 14))
    let ranges = (0..<parts).map { part in
      source.count * part / parts..<source.count * (part + 1) / parts
    }
    let counts = ParallelParts.map(ranges: ranges) { range in
      var counts = [Int](repeating: 0, count: digits)
      source.withUnsafeBufferPointer { source in
        for place in range {
          counts[Int(truncatingIfNeeded: source[place] >> shift) & (digits - 1)] += 1
        }
      }
      return counts
    }
    var starts = counts
    var sum = 0
    for digit in 0..<digits {
      for part in 0..<parts {
        starts[part][digit] = sum
        sum += counts[part][digit]
      }
    }
    let begin = starts
    target.withUnsafeMutableBufferPointer { target in
      // Unsafe: each part writes to its own share of each digit, counted above.
      nonisolated(unsafe) let target = target
      DispatchQueue.concurrentPerform(iterations: parts) { part in
        var next = begin[part]
        source.withUnsafeBufferPointer { source in
          next.withUnsafeMutableBufferPointer { next in
            for place in ranges[part] {
              let word = source[place]
              let digit = Int(truncatingIfNeeded: word >> shift) & (digits - 1)
              target[next[digit]] = word
              next[digit] += 1
            }
          }
        }
      }
    }
  }

  private func bounds() -> (Int64, Int64) {
    let times = times
    let parts = ParallelParts.map(count: times.count) { range in
      times.withUnsafeBufferPointer { times in
        var (low, high) = (Int64.max, Int64.min)
        for row in range {
          low = min(low, times[row])
          high = max(high, times[row])
        }
        return (low, high)
      }
    }
    return (parts.map(\.0).min() ?? 0, parts.map(\.1).max() ?? 0)
  }

  private func areWholeSeconds(since first: Int64) -> Bool {
    let times = times
    return ParallelParts.map(count: times.count) { range in
      times.withUnsafeBufferPointer { times in
        for row in range where UInt64(bitPattern: times[row] &- first) % 1000 != 0 { return false }
        return true
      }
    }.allSatisfy { $0 }
  }

  /// For spans of centuries in milliseconds.
  private func rowsByComparison() -> [Int32] {
    (0..<Int32(times.count)).sorted { (times[Int($0)], $0) < (times[Int($1)], $1) }
  }
}
