internal import CRocksDB

/// A store as it stood at one moment, for reads that must agree with each other. It keeps old values on
/// disk for as long as it lives, and the store waits for it when it closes.
public final class DatabaseSnapshot: @unchecked Sendable {
  // Unchecked: both pointers are constants, and reads through them may run on many threads.
  private let database: Database
  private let snapshot: OpaquePointer?  // owned
  let options: OpaquePointer?  // owned

  fileprivate init(_ database: Database) throws {
    try database.enter()
    self.database = database
    snapshot = rocksdb_create_snapshot(database.handle)
    options = rocksdb_readoptions_create()
    rocksdb_readoptions_set_snapshot(options, snapshot)
  }

  deinit {
    rocksdb_readoptions_destroy(options)
    rocksdb_release_snapshot(database.handle, snapshot)
    database.leave()
  }
}

extension Database {
  /// The store as it stands now.
  public func snapshot() throws -> DatabaseSnapshot { try DatabaseSnapshot(self) }
}
