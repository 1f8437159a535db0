import RecommendationCore

/// Fills a feature matrix and marks what is missing or stale. The bitmaps are made only when a value needs
/// them.
struct MatrixWriter {
  private(set) var matrix: FeatureMatrix
  private let defaults: [Float]
  /// A value is stale when its last event is before this time.
  private let staleBefore: [Int64]
  private let bitmapBytes: Int

  init(rows: Int, declarations: [FeatureDeclaration], timeMilliseconds: Int64) {
    matrix = FeatureMatrix(rows: rows, columns: declarations.count)
    defaults = declarations.map(\.defaultValue)
    staleBefore = declarations.map { declaration in
      let limit = Int64(clamping: declaration.freshnessLimitSeconds).multipliedReportingOverflow(
        by: 1_000)
      return declaration.freshnessLimitSeconds == 0 || limit.overflow
        ? .min : timeMilliseconds - limit.partialValue
    }
    bitmapBytes = (rows * declarations.count + 7) / 8
  }

  /// Sets a value; NaN or infinite: missing.
  @inline(__always)
  mutating func set(_ value: Double, row: Int, column: Int, lastEvent: Int64) {
    let index = row * defaults.count + column
    guard value.isFinite else { return setMissing(index, column) }
    matrix.values[index] = Float(value)
    if lastEvent < staleBefore[column], lastEvent != .min { setStale(index) }
  }

  /// The matrix with every value missing.
  mutating func allMissing() -> FeatureMatrix {
    for row in 0..<matrix.rows {
      for column in defaults.indices { setMissing(row * defaults.count + column, column) }
    }
    return matrix
  }

  private mutating func setMissing(_ index: Int, _ column: Int) {
    if matrix.presence.isEmpty { matrix.presence = Self.ones(matrix.values.count) }
    matrix.presence[index >> 3] &= ~(1 << UInt8(index & 7))
    matrix.values[index] = defaults[column]
  }

  private mutating func setStale(_ index: Int) {
    if matrix.stale.isEmpty { matrix.stale = [UInt8](repeating: 0, count: bitmapBytes) }
    matrix.stale[index >> 3] |= 1 << UInt8(index & 7)
  }

  /// A bitmap of ones whose unused last bits are zero.
  private static func ones(_ count: Int) -> [UInt8] {
    var bitmap = [UInt8](repeating: .max, count: (count + 7) / 8)
    if count & 7 != 0 { bitmap[bitmap.count - 1] = (1 << UInt8(count & 7)) - 1 }
    return bitmap
  }
}
