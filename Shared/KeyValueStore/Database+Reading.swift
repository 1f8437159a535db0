internal import CRocksDB

extension Database {
  /// The value of a key, or nil.
  ///
  /// - Parameter snapshot: read as of then; nil reads the present.
  public func get(_ key: [UInt8], in family: ColumnFamily, snapshot: DatabaseSnapshot? = nil) throws
    -> [UInt8]?
  {
    try withValue(key, in: family, snapshot: snapshot) { $0.map { [UInt8]($0) } }
  }

  /// Calls the body with the value of a key where it lies, without copying it; nil when there is none.
  ///
  /// - Parameter body: must not let the bytes escape.
  public func withValue<Result>(
    _ key: [UInt8], in family: ColumnFamily, snapshot: DatabaseSnapshot? = nil,
    _ body: (UnsafeRawBufferPointer?) throws -> Result
  ) throws -> Result {
    try enter()
    defer { leave() }
    let familyHandle = try familyHandle(family)
    let slice = try throwing(.readFailed, "cannot read \(path)") { error in
      withCBytes(key) {
        rocksdb_get_pinned_cf(handle, options(for: snapshot), familyHandle, $0, $1, error)
      }
    }
    guard let slice else { return try body(nil) }
    defer { rocksdb_pinnableslice_destroy(slice) }
    var length = 0
    let start = rocksdb_pinnableslice_value(slice, &length)
    return try body(UnsafeRawBufferPointer(start: start, count: length))
  }

  /// The values of many keys, in their order; nil where there is none. One pass through the files.
  public func multiGet(
    _ keys: [[UInt8]], in family: ColumnFamily, snapshot: DatabaseSnapshot? = nil
  ) throws -> [[UInt8]?] {
    try enter()
    defer { leave() }
    let familyHandle = try familyHandle(family)
    var slices = [OpaquePointer?](repeating: nil, count: keys.count)
    var errors = [UnsafeMutablePointer<CChar>?](repeating: nil, count: keys.count)
    let flat = keys.flatMap { $0 }
    flat.withUnsafeBytes { buffer in
      let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      var starts: [UnsafePointer<CChar>?] = []
      var offset = 0
      for key in keys {
        starts.append(base.map { $0 + offset })
        offset += key.count
      }
      rocksdb_batched_multi_get_cf(
        handle, options(for: snapshot), familyHandle, keys.count, starts, keys.map(\.count),
        &slices, &errors, false)
    }
    defer { slices.forEach { if let slice = $0 { rocksdb_pinnableslice_destroy(slice) } } }
    let messages = errors.compactMap { error -> String? in
      guard let error else { return nil }
      defer { rocksdb_free(error) }
      return String(cString: error)
    }
    if let message = messages.first {
      throw StoreError(.readFailed, "cannot read \(path): \(message)")
    }
    return slices.map { slice in
      guard let slice else { return nil }
      var length = 0
      let start = rocksdb_pinnableslice_value(slice, &length)
      return [UInt8](UnsafeRawBufferPointer(start: start, count: length))
    }
  }

  /// Calls the body for each key with a prefix, in the order of keys, until it answers false.
  ///
  /// - Parameters:
  ///   - prefix: the start of the keys; empty for all keys.
  ///   - start: the first key that counts, with the prefix; nil for the first of all.
  ///   - backwards: from the last key to the first; then `start` is the last key that counts.
  ///   - body: must not let the bytes escape.
  public func forEach(
    prefix: [UInt8] = [], from start: [UInt8]? = nil, backwards: Bool = false,
    in family: ColumnFamily, snapshot: DatabaseSnapshot? = nil,
    _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    try enter()
    defer { leave() }
    let iterator = rocksdb_create_iterator_cf(
      handle, options(for: snapshot), try familyHandle(family))
    defer { rocksdb_iter_destroy(iterator) }
    if backwards {
      seekBackwards(iterator, to: start ?? Self.end(of: prefix))
    } else {
      withCBytes(start ?? prefix) { rocksdb_iter_seek(iterator, $0, $1) }
    }
    while rocksdb_iter_valid(iterator) != 0 {
      var keyLength = 0
      var valueLength = 0
      let keyStart = rocksdb_iter_key(iterator, &keyLength)
      let key = UnsafeRawBufferPointer(start: keyStart, count: keyLength)
      guard key.starts(with: prefix) else {
        // The end of the prefix may itself be a key, and a backwards walk starts there.
        if backwards, key.elementsEqual(Self.end(of: prefix) ?? []) {
          rocksdb_iter_prev(iterator)
          continue
        }
        break
      }
      let valueStart = rocksdb_iter_value(iterator, &valueLength)
      let value = UnsafeRawBufferPointer(start: valueStart, count: valueLength)
      guard try body(key, value) else { break }
      if backwards { rocksdb_iter_prev(iterator) } else { rocksdb_iter_next(iterator) }
    }
    try throwing(.readFailed, "cannot read \(path)") { rocksdb_iter_get_error(iterator, $0) }
  }

  private func seekBackwards(_ iterator: OpaquePointer?, to key: [UInt8]?) {
    guard let key else { return rocksdb_iter_seek_to_last(iterator) }
    withCBytes(key) { rocksdb_iter_seek_for_prev(iterator, $0, $1) }
  }

  /// The first key after all keys of a prefix; nil when there is none.
  private static func end(of prefix: [UInt8]) -> [UInt8]? {
    var end = prefix
    while let last = end.last {
      if last < .max {
        end[end.count - 1] = last + 1
        return end
      }
      end.removeLast()
    }
    return nil
  }
}
