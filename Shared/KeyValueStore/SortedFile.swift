internal import CRocksDB
import Foundation

/// A file of keys in their order, written aside and then taken into a store as a whole: for loads of many millions,
/// which need no log and no sorting in memory. One thread writes a file; several files may be written at once.
public final class SortedFile {
  /// Where it is written.
  public let path: String
  /// Number of keys so far.
  public private(set) var count = 0
  private let writer: OpaquePointer  // owned
  private let environment: OpaquePointer?  // owned

  /// Begins a file. A store must be open for its options; the file fits any family of it.
  ///
  /// - Throws: ``StoreError`` when it cannot be written.
  public init(path: String, for database: Database) throws {
    self.path = path
    environment = rocksdb_envoptions_create()
    guard let writer = rocksdb_sstfilewriter_create(environment, database.tableOptions) else {
      rocksdb_envoptions_destroy(environment)
      throw StoreError(.writeFailed, "no memory to write \(path)")
    }
    self.writer = writer
    try throwing(.writeFailed, "cannot write \(path)") {
      rocksdb_sstfilewriter_open(writer, path, $0)
    }
  }

  deinit {
    rocksdb_sstfilewriter_destroy(writer)
    rocksdb_envoptions_destroy(environment)
  }

  /// Adds a key with its value.
  ///
  /// - Throws: ``StoreError`` when the key is not greater than the last one, or the disk takes no more.
  public func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws {
    try throwing(.writeFailed, "cannot write \(path)") {
      rocksdb_sstfilewriter_put(
        writer, key.baseAddress?.assumingMemoryBound(to: CChar.self), key.count,
        value.baseAddress?.assumingMemoryBound(to: CChar.self), value.count, $0)
    }
    count += 1
  }

  /// Ends the file; nothing may be added after it.
  ///
  /// - Throws: ``StoreError`` when the file is empty or the disk takes no more.
  public func finish() throws {
    try throwing(.writeFailed, "cannot write \(path)") {
      rocksdb_sstfilewriter_finish(writer, $0)
    }
  }
}

extension Database {
  /// Takes finished files into a family: all of them or none. They are moved, so the paths hold nothing afterwards.
  ///
  /// - Parameter paths: files whose ranges of keys do not overlap; on the file system of the store.
  /// - Throws: ``StoreError`` when one cannot be taken.
  public func ingest(_ paths: [String], into family: ColumnFamily) throws {
    guard !paths.isEmpty else { return }
    try enter()
    defer { leave() }
    let options = rocksdb_ingestexternalfileoptions_create()
    defer { rocksdb_ingestexternalfileoptions_destroy(options) }
    rocksdb_ingestexternalfileoptions_set_move_files(options, 1)
    let handle = try familyHandle(family)
    let names = paths.map { strdup($0) }
    defer { names.forEach { free($0) } }
    try throwing(.writeFailed, "cannot take files into \(path)") {
      rocksdb_ingest_external_file_cf(
        self.handle, handle, names.map { UnsafePointer($0) }, names.count, options, $0)
    }
  }
}
