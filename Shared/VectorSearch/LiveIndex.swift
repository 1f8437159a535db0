public import LinearAlgebra
import Synchronization

/// Vectors by key that can be searched while they change.
///
/// Readers take a ``snapshot`` and are never held up. A vector that was put in or taken out is found or
/// gone in the next snapshot, before the call returns: added rows are searched exactly beside the index,
/// removed ones are marked. When enough has changed, the index is built again in the background and
/// exchanged at once; changes that came meanwhile are carried over.
public final class LiveIndex: Sendable {
  /// How it is built and when it is built again.
  public struct Configuration: Sendable {
    /// What index is built.
    public var kind: VectorIndexKind
    /// So many changes bring a rebuild, at least.
    public var rebuildMinimum: Int
    /// A rebuild waits until this share of the rows has changed.
    public var rebuildShare: Double

    /// Settings.
    public init(
      kind: VectorIndexKind = .automatic, rebuildMinimum: Int = 2048, rebuildShare: Double = 0.005
    ) {
      self.kind = kind
      self.rebuildMinimum = max(1, rebuildMinimum)
      self.rebuildShare = max(0, rebuildShare)
    }
  }

  /// What the one writer at a time knows.
  struct Writer {
    /// The row of each key that can be found.
    var rows: [UInt64: Int32]
    /// Keys that changed since a rebuild under way took its snapshot; nil: none is under way.
    var touched: Set<UInt64>?
    /// After a rebuild that failed: no other before so many changes.
    var retryAfter = 0
  }

  /// How it is built and when it is built again.
  public let configuration: Configuration
  /// Length of a vector.
  public let dimensions: Int
  let published: Mutex<LiveSnapshot.Contents>
  let writer: Mutex<Writer>
  let onRebuild: (@Sendable (LiveRebuild) -> Void)?
  private let scratch = SearchScratchPool()

  /// An index over some vectors; long work for large ones.
  ///
  /// - Parameters:
  ///   - keys: one for each vector, no two alike.
  ///   - onRebuild: hears how each rebuild went.
  /// - Throws: ``VectorSearchError`` when counts differ, two keys are alike, a value is not finite or the
  ///   index cannot be built.
  public init(
    keys: [UInt64], vectors: Matrix, configuration: Configuration = Configuration(),
    onRebuild: (@Sendable (LiveRebuild) -> Void)? = nil
  ) throws {
    guard keys.count == vectors.rows, keys.count < Int(Int32.max) else {
      throw VectorSearchError(
        .invalidArgument, "\(keys.count) keys for \(vectors.rows) vectors")
    }
    var rows: [UInt64: Int32] = [:]
    rows.reserveCapacity(keys.count)
    for (row, key) in keys.enumerated() {
      guard rows.updateValue(Int32(truncatingIfNeeded: row), forKey: key) == nil else {
        throw VectorSearchError(.invalidArgument, "two vectors have the key \(key)")
      }
    }
    self.configuration = configuration
    self.onRebuild = onRebuild
    dimensions = vectors.columns
    published = Mutex(
      LiveSnapshot.Contents(
        generation: 0, version: 0, base: try configuration.kind.build(vectors),
        baseVectors: vectors, baseKeys: keys, chunks: [],
        baseAlive: RowFilter(rowCount: keys.count, allowingAll: true)))
    writer = Mutex(Writer(rows: rows))
  }

  /// An empty index.
  public convenience init(
    dimensions: Int, configuration: Configuration = Configuration(),
    onRebuild: (@Sendable (LiveRebuild) -> Void)? = nil
  ) throws {
    try self.init(
      keys: [], vectors: Matrix(rows: 0, columns: dimensions), configuration: configuration,
      onRebuild: onRebuild)
  }

  /// The index as it stands.
  public var snapshot: LiveSnapshot {
    LiveSnapshot(contents: published.withLock { $0 }, scratch: scratch)
  }

  /// Number of vectors that can be found.
  public var count: Int { published.withLock { $0.count } }

  /// The vector of a key; nil when there is none. O(dimensions).
  public func vector(of key: UInt64) -> [Float]? {
    // The row counts in the generation that is published: both change under the writer's lock.
    writer.withLock { writer in writer.rows[key].map { snapshot.vector(ofRow: Int($0)) } }
  }

  /// Whether a vector has this key.
  public func contains(_ key: UInt64) -> Bool { writer.withLock { $0.rows[key] != nil } }

  /// The keys with the largest inner products, best first; see ``LiveSnapshot/search(_:k:filter:)``.
  public func search(_ query: [Float], k: Int) throws -> [KeyHit] {
    try snapshot.search(query, k: k)
  }

  /// Puts a vector in, or in the place of the one that has the key.
  ///
  /// - Throws: ``VectorSearchError`` when it has another length or a value that is not finite.
  public func upsert(_ key: UInt64, _ vector: [Float]) throws {
    try apply(upserts: [(key, vector)], removals: [])
  }

  /// Takes a vector out.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  public func remove(_ key: UInt64) -> Bool {
    let had = writer.withLock { writer in
      guard writer.rows[key] != nil else { return false }
      change(&writer, upserts: [], removals: [key])
      return true
    }
    if had { rebuildIfDue() }
    return had
  }

  /// Takes some vectors out, then puts some in: all of it at once or, on an error, nothing.
  ///
  /// - Parameters:
  ///   - upserts: the last of several with one key counts.
  ///   - removals: unknown keys are passed over.
  /// - Throws: ``VectorSearchError`` when a vector has another length or a value that is not finite.
  /// - Complexity: O(changes · dimensions + rows / 64).
  public func apply(
    upserts: [(key: UInt64, vector: [Float])], removals: [UInt64]
  ) throws {
    for (key, vector) in upserts {
      guard vector.count == dimensions else {
        throw VectorSearchError(
          .invalidArgument,
          "the vector of key \(key) has \(vector.count) values, wanted \(dimensions)")
      }
      guard vector.allSatisfy(\.isFinite) else {
        throw VectorSearchError(
          .invalidArgument, "the vector of key \(key) has a value that is not finite")
      }
    }
    guard !upserts.isEmpty || !removals.isEmpty else { return }
    writer.withLock { change(&$0, upserts: upserts, removals: removals) }
    rebuildIfDue()
  }

  /// Makes the next contents from checked changes and publishes them.
  private func change(
    _ writer: inout Writer, upserts: [(key: UInt64, vector: [Float])], removals: [UInt64]
  ) {
    var next = published.withLock { $0 }
    next.version += 1
    for key in removals {
      writer.touched?.insert(key)
      if let row = writer.rows.removeValue(forKey: key) { next.forget(Int(row)) }
    }
    for (key, vector) in upserts {
      writer.touched?.insert(key)
      if let row = writer.rows[key] { next.forget(Int(row)) }
      writer.rows[key] = next.append(key, vector)
    }
    publish(next)
  }

  func publish(_ contents: LiveSnapshot.Contents) {
    // The old contents are let go outside the lock: freeing a large index takes time.
    let old = published.withLock { current in
      defer { current = contents }
      return current
    }
    withExtendedLifetime(old) {}
  }
}

extension LiveSnapshot.Contents {
  /// Adds a row behind the others and returns its number. Only the writer may, before it publishes.
  mutating func append(_ key: UInt64, _ vector: [Float]) -> Int32 {
    let place = deltaCount % DeltaChunk.capacity
    if place == 0 { chunks.append(DeltaChunk(dimensions: vector.count)) }
    chunks[chunks.count - 1].fill(place, key: key, vector)
    deltaAlive.append(allowed: true)
    return Int32(truncatingIfNeeded: rowCount - 1)
  }
}
