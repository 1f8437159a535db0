import RecommendationCore

/// Fills a feature matrix and marks what is missing or stale. The bitmaps are made only when a value needs
/// them.
struct MatrixWriter {
  private let rows: Int
  private var values: [Float]
  private var presence: [UInt8] = []
  private var stale: [UInt8] = []
  private let defaults: [Float]
  /// A value is stale when its last event is before this time.
  private let staleBefore: [Int64]

  init(rows: Int, declarations: [FeatureDeclaration], timeMilliseconds: Int64) {
    self.rows = rows
    values = [Float](repeating: 0, count: rows * declarations.count)
    defaults = declarations.map(\.defaultValue)
    staleBefore = declarations.map { declaration in
      let limit = Int64(clamping: declaration.freshnessLimitSeconds).multipliedReportingOverflow(
        by: 1_000)
      return declaration.freshnessLimitSeconds == 0 || limit.overflow
        ? .min : timeMilliseconds - limit.partialValue
    }
  }

  /// Sets a column in some rows. A value that is not finite is missing.
  @inline(__always)
  mutating func fill(_ column: Int, _ rows: Range<Int>, _ value: (Int) -> Double) {
    let columns = defaults.count
    var hasGaps = false
    values.withUnsafeMutableBufferPointer { values in
      for row in rows {
        let number = Float(value(row))
        values[row * columns + column] = number
        hasGaps = hasGaps || !number.isFinite
      }
    }
    if hasGaps { markMissing(column, rows) }
  }

  /// Marks what is present and too old.
  ///
  /// - Parameters:
  ///   - oldest: the earliest of these rows' last events; nothing is looked at when that is fresh enough.
  ///   - lastEvent: of a row: the time of the last event behind its value, `Int64.min` where there is none.
  @inline(__always)
  mutating func markStale(
    _ column: Int, _ rows: Range<Int>, oldest: Int64, _ lastEvent: (Int) -> Int64
  ) {
    let limit = staleBefore[column]
    guard oldest < limit else { return }
    let (columns, presence) = (defaults.count, presence)
    func isStale(_ row: Int) -> Bool {
      let index = row * columns + column
      let last = lastEvent(row)
      // Without a gap everything is present.
      return last < limit && last != .min
        && (presence.isEmpty || presence[index >> 3] & (1 << UInt8(index & 7)) != 0)
    }
    guard let first = rows.first(where: isStale) else { return }
    if stale.isEmpty { stale = [UInt8](repeating: 0, count: (values.count + 7) / 8) }
    stale.withUnsafeMutableBufferPointer { stale in
      for row in first..<rows.upperBound where isStale(row) {
        let index = row * columns + column
        stale[index >> 3] |= 1 << UInt8(index & 7)
      }
    }
  }

  /// The matrix.
  consuming func finished() -> FeatureMatrix {
    FeatureMatrix(
      rows: rows, columns: defaults.count, values: values, presence: presence, stale: stale)
      ?? FeatureMatrix(rows: 0, columns: 0)
  }

  /// The matrix with every value missing.
  consuming func allMissing() -> FeatureMatrix {
    for column in defaults.indices { fill(column, 0..<rows) { _ in .nan } }
    return finished()
  }

  private mutating func markMissing(_ column: Int, _ rows: Range<Int>) {
    if presence.isEmpty { presence = Self.ones(values.count) }
    let columns = defaults.count
    values.withUnsafeMutableBufferPointer { values in
      presence.withUnsafeMutableBufferPointer { presence in
        for row in rows {
          let index = row * columns + column
          guard !values[index].isFinite else { continue }
          presence[index >> 3] &= ~(1 << UInt8(index & 7))
          values[index] = defaults[column]
        }
      }
    }
  }

  /// A bitmap of ones whose unused last bits are zero.
  private static func ones(_ count: Int) -> [UInt8] {
    var bitmap = [UInt8](repeating: .max, count: (count + 7) / 8)
    if count & 7 != 0 { bitmap[bitmap.count - 1] = (1 << UInt8(count & 7)) - 1 }
    return bitmap
  }
}
