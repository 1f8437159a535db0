import Dispatch
import LinearAlgebra
import Synchronization

/// How a rebuild of a ``LiveIndex`` went.
public struct LiveRebuild: Sendable {
  /// Vectors of the new index.
  public var count: Int
  /// Time from its start to the exchange.
  public var took: Duration
  /// What kept it from being built; then the index as it was serves on.
  public var error: (any Error)?
}

extension LiveIndex {
  /// Rebuilds wait for one another, off the pools that serve requests.
  private static let queue = DispatchQueue(label: "recsys.live-index.rebuild", qos: .utility)

  /// Rows that were added, removed or replaced since the index was built.
  public var changedCount: Int { published.withLock { Self.changed($0) } }

  private static func changed(_ contents: LiveSnapshot.Contents) -> Int {
    contents.deltaCount + contents.rowCount - contents.count
  }

  /// Starts a rebuild when enough has changed and none is under way.
  func rebuildIfDue() {
    let isDue = writer.withLock { writer in
      guard writer.touched == nil else { return false }
      let (changed, rows) = published.withLock { (Self.changed($0), $0.rowCount) }
      let share = Int(Double(rows) * configuration.rebuildShare)
      guard changed >= max(configuration.rebuildMinimum, share, writer.retryAfter) else {
        return false
      }
      writer.touched = []
      return true
    }
    guard isDue else { return }
    Self.queue.async { [weak self] in self?.rebuildMarked() }
  }

  /// Builds the index again over what is there, and waits for it: also gives back the rows of removed
  /// vectors. Does nothing while another rebuild is under way.
  public func rebuild() {
    let isFree = writer.withLock { writer in
      guard writer.touched == nil else { return false }
      writer.touched = []
      return true
    }
    if isFree { rebuildMarked() }
  }

  /// Builds and exchanges; `touched` has been set.
  private func rebuildMarked() {
    let clock = ContinuousClock()
    let start = clock.now
    // Under the writer's lock, so that each change is either in the snapshot or will be in `touched`.
    let before = writer.withLock { writer in
      writer.touched = []
      return snapshot
    }
    var outcome = LiveRebuild(count: before.count, took: .zero)
    do {
      let (keys, vectors) = before.gathered()
      let base = try configuration.kind.build(vectors)
      let rows = Dictionary(
        uniqueKeysWithValues: keys.indices.map { (keys[$0], Int32(truncatingIfNeeded: $0)) })
      writer.withLock { exchange(&$0, base: base, vectors: vectors, keys: keys, rows: rows) }
    } catch {
      outcome.error = error
      writer.withLock { writer in
        writer.touched = nil
        writer.retryAfter = 2 * changedCount
      }
    }
    outcome.took = clock.now - start
    onRebuild?(outcome)
  }

  /// Publishes the new index with what has changed while it was built.
  private func exchange(
    _ writer: inout Writer, base: any VectorIndex, vectors: Matrix, keys: [UInt64],
    rows: [UInt64: Int32]
  ) {
    let current = snapshot
    var next = LiveSnapshot.Contents(
      generation: current.generation + 1, version: current.version + 1, base: base,
      baseVectors: vectors, baseKeys: keys, chunks: [],
      baseAlive: RowFilter(rowCount: keys.count, allowingAll: true))
    var newRows = rows
    for key in (writer.touched ?? []).sorted() {
      if let row = newRows.removeValue(forKey: key) { next.forget(Int(row)) }
      if let row = writer.rows[key] {
        newRows[key] = next.append(key, current.vector(ofRow: Int(row)))
      }
    }
    writer = Writer(rows: newRows)
    publish(next)
  }
}

extension LiveSnapshot {
  /// Keys and vectors of the rows that can be found, by key, so that ties break by key again.
  func gathered() -> (keys: [UInt64], vectors: Matrix) {
    let alive = (0..<rowCount).filter { isAlive(row: $0) }
      .map { (key: key(ofRow: $0), row: $0) }.sorted { $0.key < $1.key }
    var vectors = Matrix(rows: alive.count, columns: dimensions)
    let width = dimensions
    vectors.withUnsafeMutableValues { target in
      guard let target = target.baseAddress else { return }
      contents.baseVectors.withUnsafeValues { base in
        for (place, entry) in alive.enumerated() {
          let slot = target + place * width
          if entry.row < contents.baseKeys.count, let base = base.baseAddress {
            slot.update(from: base + entry.row * width, count: width)
          } else {
            let offset = entry.row - contents.baseKeys.count
            let chunk = contents.chunks[offset / DeltaChunk.capacity]
            slot.update(
              from: chunk.values + (offset % DeltaChunk.capacity) * width, count: width)
          }
        }
      }
    }
    return (alive.map(\.key), vectors)
  }
}
