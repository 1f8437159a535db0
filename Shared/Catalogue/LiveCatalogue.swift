import RecommendationCore
import Synchronization

/// The catalogue in memory, kept up to date while it is read.
///
/// Readers take a ``snapshot`` and are never held up: a writer builds the next state aside and publishes
/// it by exchanging one reference. A write of a few items into a large catalogue copies the chunks that it
/// touches (256 rows each) and the list of chunks, not the items.
public final class LiveCatalogue: Sendable {
  private let published: Mutex<CatalogueSnapshot.Contents>
  /// Writers one at a time.
  private let writing = Mutex<Void>(())

  /// An empty catalogue.
  public init() { published = Mutex(CatalogueSnapshot.Contents()) }

  /// A catalogue that starts from a snapshot of another, and goes its own way.
  public init(_ snapshot: CatalogueSnapshot) { published = Mutex(snapshot.contents) }

  /// The catalogue as it stands.
  public var snapshot: CatalogueSnapshot {
    CatalogueSnapshot(contents: published.withLock { $0 })
  }

  /// Takes items out, then adds or replaces items: all of it or, on an error, nothing.
  ///
  /// - Parameters:
  ///   - upserts: the last of several with one external id counts.
  ///   - deletes: unknown ones are passed over.
  ///   - sequence: place of the last of these changes in the change stream.
  /// - Throws: ``CatalogueError`` when an upsert has the key of another external id.
  /// - Complexity: O(changes × 256 + rows / 256).
  public func apply(upserts: [Item], deletes: [ItemID], sequence: UInt64) throws {
    try writing.withLock { _ in
      let next = try snapshot.applying(upserts: upserts, deletes: deletes, sequence: sequence)
      publish(next)
    }
  }

  /// Replaces the whole catalogue at once.
  ///
  /// - Throws: ``CatalogueError`` when two items have one key; then nothing changes.
  public func replace(with items: [Item], sequence: UInt64) throws {
    try writing.withLock { _ in
      let empty = CatalogueSnapshot(contents: CatalogueSnapshot.Contents())
      publish(try empty.applying(upserts: items, deletes: [], sequence: sequence))
    }
  }

  /// Replaces the whole catalogue by a snapshot of another: how a change is prepared aside, made durable
  /// and only then shown.
  public func publish(_ snapshot: CatalogueSnapshot) {
    writing.withLock { _ in publish(snapshot.contents) }
  }

  private func publish(_ contents: CatalogueSnapshot.Contents) {
    // The old contents are let go outside the lock: freeing a large catalogue takes time.
    let old = published.withLock { current in
      defer { current = contents }
      return current
    }
    withExtendedLifetime(old) {}
  }
}
