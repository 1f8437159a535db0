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

  /// Sets a column.
  ///
  /// - Parameter value: of a row: the value, which is missing where it is not finite, and the time of the
  ///   last event behind it, `Int64.min` where there is none.
  @inline(__always)
  mutating func fill(_ column: Int, _ value: (Int) -> (value: Double, lastEvent: Int64)) {
    let columns = defaults.count
    let limit = staleBefore[column]
    var hasGaps = false
    values.withUnsafeMutableBufferPointer { values in
      for row in 0..<rows {
        let cell = value(row)
        values[row * columns + column] = Float(cell.value)
        // Rare, and then looked at again below: the bitmaps stay out of the loop that is always run.
        if !cell.value.isFinite || cell.lastEvent < limit { hasGaps = true }
      }
    }
    guard hasGaps else { return }
    for row in 0..<rows {
      let cell = value(row)
      let index = row * columns + column
      if !cell.value.isFinite {
        setMissing(index, column)
      } else if cell.lastEvent < limit, cell.lastEvent != .min {
        setStale(index)
      }
    }
  }

  /// The matrix.
  consuming func finished() -> FeatureMatrix {
    var matrix = FeatureMatrix(rows: rows, columns: defaults.count)
    matrix.values = values
    matrix.presence = presence
    matrix.stale = stale
    return matrix
  }

  /// The matrix with every value missing.
  consuming func allMissing() -> FeatureMatrix {
    for row in 0..<rows {
      for column in defaults.indices { setMissing(row * defaults.count + column, column) }
    }
    return finished()
  }

  private mutating func setMissing(_ index: Int, _ column: Int) {
    if presence.isEmpty { presence = Self.ones(values.count) }
    presence[index >> 3] &= ~(1 << UInt8(index & 7))
    values[index] = defaults[column]
  }

  private mutating func setStale(_ index: Int) {
    if stale.isEmpty { stale = [UInt8](repeating: 0, count: (values.count + 7) / 8) }
    stale[index >> 3] |= 1 << UInt8(index & 7)
  }

  /// A bitmap of ones whose unused last bits are zero.
  private static func ones(_ count: Int) -> [UInt8] {
    var bitmap = [UInt8](repeating: .max, count: (count + 7) / 8)
    if count & 7 != 0 { bitmap[bitmap.count - 1] = (1 << UInt8(count & 7)) - 1 }
    return bitmap
  }
}
