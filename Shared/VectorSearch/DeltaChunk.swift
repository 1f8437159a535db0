/// Some rows that were added after an index was built, with their keys. It only ever grows.
// Sendable by hand: a writer fills a row before it publishes a snapshot that counts the row, through a
// mutex; readers look at the rows that their snapshot counts, and these never change again.
final class DeltaChunk: @unchecked Sendable {
  /// Rows of a chunk.
  static let capacity = 512
  let values: UnsafeMutablePointer<Float>
  let keys: UnsafeMutablePointer<UInt64>

  init(dimensions: Int) {
    values = .allocate(capacity: Self.capacity * max(1, dimensions))
    keys = .allocate(capacity: Self.capacity)
  }

  deinit {
    values.deallocate()
    keys.deallocate()
  }

  /// Fills a row that no snapshot counts yet.
  func fill(_ row: Int, key: UInt64, _ vector: [Float]) {
    keys[row] = key
    for (column, value) in vector.enumerated() { values[row * vector.count + column] = value }
  }
}
