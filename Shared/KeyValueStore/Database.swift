internal import CRocksDB
import Foundation
import Synchronization

/// An embedded, ordered, durable store of bytes: RocksDB.
///
/// One process at a time may have a folder open. All methods may be called from any thread; they read and
/// write files, so they are not for threads that must not block.
public final class Database: @unchecked Sendable {
  // Unchecked: RocksDB's handle may be used from many threads at once (its own guarantee). The two handles change
  // only in `reopen`, while nobody is between `enter` and `leave`; all other fields are constants.
  private(set) var handle: OpaquePointer  // owned
  private var familyHandles: [ColumnFamily: OpaquePointer]  // owned
  private let families: [ColumnFamily]
  private let options: OpaquePointer  // owned
  private let readOptions: OpaquePointer?  // owned
  private let writeOptions: [Durability: OpaquePointer]  // owned
  /// Calls that are under way, and a bit that says that no more may begin.
  private let uses = Atomic<Int>(0)
  private static let closedBit = 1 << 62
  private let life = Mutex(Life.open)

  private enum Life {
    case open
    /// Its files are closed, until they can be opened again.
    case away
    case closed
  }

  /// Where it lives.
  public let path: String

  /// Opens a store, and makes it when there is none and the configuration allows it.
  ///
  /// - Parameters:
  ///   - path: its folder.
  ///   - families: all column families that it has or shall have, besides `default`.
  ///   - configuration: memory and threads.
  /// - Throws: ``StoreError`` when the folder cannot be opened.
  public init(
    path: String, families: [ColumnFamily], configuration: DatabaseConfiguration = .init()
  ) throws {
    let all = [ColumnFamily("default")] + families.filter { $0.rawValue != "default" }
    let options = try Self.makeOptions(configuration)
    do {
      (handle, familyHandles) = try Self.open(path, all, options)
    } catch {
      rocksdb_options_destroy(options)
      throw error
    }
    self.options = options
    self.families = all
    readOptions = rocksdb_readoptions_create()
    writeOptions = Self.makeWriteOptions()
    self.path = path
  }

  private static func open(
    _ path: String, _ families: [ColumnFamily], _ options: OpaquePointer
  ) throws -> (OpaquePointer, [ColumnFamily: OpaquePointer]) {
    var handles = [OpaquePointer?](repeating: nil, count: families.count)
    let names = families.map { strdup($0.rawValue) }
    defer { names.forEach { free($0) } }
    let opened = try throwing(.openFailed, "cannot open \(path)") { error in
      rocksdb_open_column_families(
        options, path, Int32(families.count), names.map { UnsafePointer($0) },
        [OpaquePointer?](repeating: options, count: families.count), &handles, error)
    }
    guard let opened else { throw StoreError(.openFailed, "cannot open \(path)") }
    return (
      opened,
      Dictionary(uniqueKeysWithValues: zip(families, handles.compactMap { $0 }).map { ($0, $1) })
    )
  }

  deinit { close() }

  /// Waits for calls and snapshots that are under way, then closes the files: another may open the folder
  /// now. Later calls throw. Closing again does nothing.
  public func close() {
    life.withLock { life in
      guard life != .closed else { return }
      if life == .open { closeFiles() }
      life = .closed
      writeOptions.values.forEach { rocksdb_writeoptions_destroy($0) }
      rocksdb_readoptions_destroy(readOptions)
      rocksdb_options_destroy(options)
    }
  }

  /// Closes the files and opens them again, from what is on the disk: RocksDB writes no more after an error of the
  /// disk, and its C interface has no other way back. Calls meanwhile throw. Blocks.
  ///
  /// - Throws: ``StoreError`` when the files cannot be opened. Then the store stays away, and may be asked again.
  public func reopen() throws {
    try life.withLock { life in
      if life == .closed { throw StoreError(.closed, "\(path) has been closed") }
      if life == .open {
        closeFiles()
        life = .away
      }
      (handle, familyHandles) = try Self.open(path, families, options)
      life = .open
      uses.bitwiseAnd(~Self.closedBit, ordering: .releasing)
    }
  }

  private func closeFiles() {
    uses.bitwiseOr(Self.closedBit, ordering: .acquiringAndReleasing)
    // Calls are short; waiting is rare.
    while uses.load(ordering: .acquiring) != Self.closedBit { usleep(200) }
    familyHandles.values.forEach { rocksdb_column_family_handle_destroy($0) }
    rocksdb_close(handle)
  }

  /// Begins a use of the handles; ``leave()`` must follow.
  func enter() throws {
    let before = uses.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
    guard before & Self.closedBit == 0 else {
      leave()
      throw StoreError(.closed, "\(path) has been closed")
    }
  }

  func leave() { uses.wrappingSubtract(1, ordering: .acquiringAndReleasing) }

  /// Writes a batch: all of it or nothing.
  ///
  /// - Throws: ``StoreError`` when the write failed or names an unknown family.
  public func write(_ batch: WriteBatch, durability: Durability) throws {
    try enter()
    defer { leave() }
    let native = rocksdb_writebatch_create()
    defer { rocksdb_writebatch_destroy(native) }
    try batch.bytes.withUnsafeBufferPointer { buffer in
      try buffer.withMemoryRebound(to: CChar.self) { bytes in
        for operation in batch.operations {
          let family = try familyHandle(operation.family)
          let key = bytes.baseAddress.map { $0 + operation.key.lowerBound }
          switch operation.kind {
          case .put:
            let value = bytes.baseAddress.map { $0 + operation.value.lowerBound }
            rocksdb_writebatch_put_cf(
              native, family, key, operation.key.count, value, operation.value.count)
          case .delete:
            rocksdb_writebatch_delete_cf(native, family, key, operation.key.count)
          }
        }
      }
    }
    try throwing(.writeFailed, "cannot write to \(path)") {
      rocksdb_write(handle, writeOptions[durability], native, $0)
    }
  }

  /// Writes all that is in memory to files, and waits for it.
  public func flush() throws {
    try enter()
    defer { leave() }
    let flushOptions = rocksdb_flushoptions_create()
    defer { rocksdb_flushoptions_destroy(flushOptions) }
    rocksdb_flushoptions_set_wait(flushOptions, 1)
    for family in familyHandles.values {
      try throwing(.writeFailed, "cannot flush \(path)") {
        rocksdb_flush_cf(handle, flushOptions, family, $0)
      }
    }
  }

  /// Makes a copy of the store as it stands in a folder that must not exist yet. Files are linked where
  /// the file system can do it, so it takes little time and room.
  public func checkpoint(to folder: String) throws {
    try enter()
    defer { leave() }
    let object = try throwing(.checkpointFailed, "cannot checkpoint \(path)") {
      rocksdb_checkpoint_object_create(handle, $0)
    }
    defer { rocksdb_checkpoint_object_destroy(object) }
    try throwing(.checkpointFailed, "cannot checkpoint \(path) to \(folder)") {
      rocksdb_checkpoint_create(object, folder, 0, $0)
    }
  }

  /// What files of this store look like; lives as long as the store.
  var tableOptions: OpaquePointer { options }

  func familyHandle(_ family: ColumnFamily) throws -> OpaquePointer {
    guard let handle = familyHandles[family] else {
      throw StoreError(.unknownFamily, "\(path) was not opened with '\(family.rawValue)'")
    }
    return handle
  }

  /// The options for a read: of the snapshot, or of the present.
  func options(for snapshot: DatabaseSnapshot?) -> OpaquePointer? {
    snapshot?.options ?? readOptions
  }

  private static func makeOptions(_ configuration: DatabaseConfiguration) throws -> OpaquePointer {
    guard let options = rocksdb_options_create() else {
      throw StoreError(.openFailed, "no memory for the store's options")
    }
    rocksdb_options_set_create_if_missing(options, configuration.createIfMissing ? 1 : 0)
    rocksdb_options_set_create_missing_column_families(options, 1)
    rocksdb_options_set_write_buffer_size(options, configuration.writeBufferBytes)
    rocksdb_options_set_max_background_jobs(options, Int32(configuration.backgroundJobs))
    rocksdb_options_set_disable_auto_compactions(options, configuration.mergesFiles ? 0 : 1)
    rocksdb_options_set_keep_log_file_num(options, 2)
    // Debian builds RocksDB with its assertions, and one of them ends the process when the library's own information
    // log takes no write (a full disk). What goes wrong comes back as an error of the call, so nobody misses it.
    rocksdb_options_set_info_log_level(options, 5)  // HEADER_LEVEL: the file's first lines alone
    // Beyond it quiet families are flushed too, so that no log file is kept for their sake.
    rocksdb_options_set_max_total_wal_size(options, UInt64(configuration.writeBufferBytes) * 4)
    rocksdb_options_set_wal_recovery_mode(options, Int32(rocksdb_point_in_time_recovery))
    let table = rocksdb_block_based_options_create()
    // The table's options own the filter from here on.
    rocksdb_block_based_options_set_filter_policy(
      table, rocksdb_filterpolicy_create_bloom(configuration.bloomBitsPerKey))
    rocksdb_options_set_block_based_table_factory(options, table)
    rocksdb_block_based_options_destroy(table)
    return options
  }

  private static func makeWriteOptions() -> [Durability: OpaquePointer] {
    var result: [Durability: OpaquePointer] = [:]
    for durability in [Durability.synced, .unsynced, .unlogged] {
      let options = rocksdb_writeoptions_create()
      rocksdb_writeoptions_set_sync(options, durability == .synced ? 1 : 0)
      rocksdb_writeoptions_disable_WAL(options, durability == .unlogged ? 1 : 0)
      result[durability] = options
    }
    return result
  }
}
