/// Changes to a store that happen all together or not at all, in order.
///
/// A plain value: it may be built on one thread and written on another.
public struct WriteBatch: Sendable {
  enum Kind: Sendable { case put, delete }
  struct Operation: Sendable {
    let kind: Kind
    let family: ColumnFamily
    let key: Range<Int>
    let value: Range<Int>
  }

  private(set) var operations: [Operation] = []
  /// Keys and values, one after another.
  private(set) var bytes: [UInt8] = []

  /// A batch without changes.
  public init() {}

  /// Whether there is nothing to write.
  public var isEmpty: Bool { operations.isEmpty }
  /// Number of changes.
  public var count: Int { operations.count }
  /// Bytes of keys and values.
  public var byteCount: Int { bytes.count }

  /// Sets the value of a key.
  public mutating func put(
    _ key: some Collection<UInt8>, _ value: some Collection<UInt8>, in family: ColumnFamily
  ) {
    let keyRange = append(key)
    operations.append(
      Operation(kind: .put, family: family, key: keyRange, value: append(value)))
  }

  /// Takes a key out.
  public mutating func delete(_ key: some Collection<UInt8>, in family: ColumnFamily) {
    operations.append(
      Operation(kind: .delete, family: family, key: append(key), value: 0..<0))
  }

  /// Adds the changes of another batch after these.
  public mutating func append(_ other: WriteBatch) {
    let shift = bytes.count
    bytes.append(contentsOf: other.bytes)
    for operation in other.operations {
      operations.append(
        Operation(
          kind: operation.kind, family: operation.family,
          key: operation.key.lowerBound + shift..<operation.key.upperBound + shift,
          value: operation.value.lowerBound + shift..<operation.value.upperBound + shift))
    }
  }

  /// The changes, in order; the value is nil where a key is taken out.
  public func forEach(
    _ body: (_ family: ColumnFamily, _ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>?) throws
      -> Void
  ) rethrows {
    for operation in operations {
      let value = operation.kind == .put ? bytes[operation.value] : nil
      try body(operation.family, bytes[operation.key], value)
    }
  }

  /// Forgets the changes and keeps the room.
  public mutating func removeAll() {
    operations.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
  }

  private mutating func append(_ more: some Collection<UInt8>) -> Range<Int> {
    let start = bytes.count
    bytes.append(contentsOf: more)
    return start..<bytes.count
  }
}
