internal import CGRPC
import Foundation
internal import SwiftProtobuf

/// Writes a message in protobuf's binary format in one traversal.
///
/// SwiftProtobuf's own encoder measures every nested message before it writes it, and so walks what lies n levels
/// deep n + 1 times; for a slate with its reasons that was a sixth of a gateway's instructions. Here contents are
/// written as they are met, without the lengths of nested messages; these are noted, with the place where each
/// belongs, and put in when all is copied into gRPC's memory. Large `bytes` fields are noted too, and copied once.
struct OnePassEncoder: Visitor {
  /// From here on a `bytes` field is not copied twice.
  private static let largeBytes = 1_024

  /// Something that belongs between two bytes of the contents.
  private enum Insertion {
    /// The length of a nested message, known when it has been walked.
    case length(Int)
    case bytes(Data)
  }

  private var contents: UnsafeMutablePointer<UInt8>
  private var count = 0
  private var capacity = 512
  /// In the order of their places.
  private var insertions: [(place: Int, what: Insertion)] = []
  /// Bytes of all insertions so far.
  private var insertedCount = 0

  private init() { contents = .allocate(capacity: capacity) }

  /// The bytes of a message, in memory that gRPC takes over.
  static func encode(_ message: some Message) throws -> MessageBytes {
    guard message.isInitialized else { throw BinaryEncodingError.missingRequiredFields }
    var encoder = OnePassEncoder()
    // The contents may have moved by then: it is the last ones that go.
    defer { encoder.contents.deallocate() }
    try message.traverse(visitor: &encoder)
    return encoder.assembled()
  }

  private func assembled() -> MessageBytes {
    let result = MessageBytes(repeating: 0, count: count + insertedCount)
    result.withUnsafeMutableBytes { target in
      guard var to = target.baseAddress else { return }
      var from = 0
      for (place, what) in insertions {
        to.copyMemory(from: contents + from, byteCount: place - from)
        to += place - from
        from = place
        switch what {
        case .length(let length):
          to += Self.putVarint(
            UInt64(length), to.assumingMemoryBound(to: UInt8.self))
        case .bytes(let data):
          data.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { to.copyMemory(from: base, byteCount: bytes.count) }
          }
          to += data.count
        }
      }
      to.copyMemory(from: contents + from, byteCount: count - from)
    }
    return result
  }

  // MARK: Bytes

  /// Room for so many more bytes; where they go.
  private mutating func reserve(_ more: Int) -> UnsafeMutablePointer<UInt8> {
    if count + more > capacity {
      while count + more > capacity { capacity *= 2 }
      let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
      grown.update(from: contents, count: count)
      contents.deallocate()
      contents = grown
    }
    return contents + count
  }

  /// Writes a number of at most ten bytes; how many there were.
  private static func putVarint(_ value: UInt64, _ to: UnsafeMutablePointer<UInt8>) -> Int {
    var (value, length) = (value, 0)
    while value >= 0x80 {
      to[length] = UInt8(truncatingIfNeeded: value) | 0x80
      value >>= 7
      length += 1
    }
    to[length] = UInt8(truncatingIfNeeded: value)
    return length + 1
  }

  private static func varintLength(_ value: UInt64) -> Int {
    (64 - (value | 1).leadingZeroBitCount + 6) / 7
  }

  private mutating func put(varint value: UInt64) {
    count += Self.putVarint(value, reserve(10))
  }

  private mutating func put(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    UnsafeMutableRawPointer(reserve(bytes.count)).copyMemory(from: base, byteCount: bytes.count)
    count += bytes.count
  }

  private mutating func put<Value: BitwiseCopyable>(raw value: Value) {
    withUnsafeBytes(of: value) { put($0) }
  }

  /// Kinds of fields on the wire.
  private enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case delimited = 2
    case groupStart = 3
    case groupEnd = 4
    case fixed32 = 5
  }

  private mutating func put(tag fieldNumber: Int, _ type: WireType) {
    put(varint: UInt64(truncatingIfNeeded: fieldNumber) << 3 | type.rawValue)
  }

  /// Writes what `body` writes as one delimited field.
  private mutating func nest(
    _ fieldNumber: Int, _ body: (inout OnePassEncoder) throws -> Void
  ) rethrows {
    put(tag: fieldNumber, .delimited)
    let index = insertions.count
    insertions.append((count, .length(0)))
    let before = count + insertedCount
    try body(&self)
    let length = count + insertedCount - before
    insertions[index].what = .length(length)
    insertedCount += Self.varintLength(UInt64(length))
  }

  /// Numbers as they lie in memory. Both sides are little-endian (Protos/README.md).
  private mutating func putPacked<Value: BitwiseCopyable>(_ values: [Value], _ fieldNumber: Int) {
    put(tag: fieldNumber, .delimited)
    values.withUnsafeBytes { bytes in
      put(varint: UInt64(bytes.count))
      put(bytes)
    }
  }

  private mutating func putPacked<Value>(
    varints values: [Value], _ fieldNumber: Int, _ wire: (Value) -> UInt64
  ) {
    put(tag: fieldNumber, .delimited)
    put(varint: UInt64(values.reduce(0) { $0 + Self.varintLength(wire($1)) }))
    for value in values { put(varint: wire(value)) }
  }

  private static func zigZag(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: value << 1 ^ value >> 63)
  }

  // MARK: Single fields

  mutating func visitSingularFloatField(value: Float, fieldNumber: Int) {
    put(tag: fieldNumber, .fixed32)
    put(raw: value.bitPattern.littleEndian)
  }

  mutating func visitSingularDoubleField(value: Double, fieldNumber: Int) {
    put(tag: fieldNumber, .fixed64)
    put(raw: value.bitPattern.littleEndian)
  }

  mutating func visitSingularInt32Field(value: Int32, fieldNumber: Int) {
    visitSingularUInt64Field(
      value: UInt64(bitPattern: Int64(value)), fieldNumber: fieldNumber)
  }

  mutating func visitSingularInt64Field(value: Int64, fieldNumber: Int) {
    visitSingularUInt64Field(value: UInt64(bitPattern: value), fieldNumber: fieldNumber)
  }

  mutating func visitSingularUInt32Field(value: UInt32, fieldNumber: Int) {
    visitSingularUInt64Field(value: UInt64(value), fieldNumber: fieldNumber)
  }

  mutating func visitSingularUInt64Field(value: UInt64, fieldNumber: Int) {
    put(tag: fieldNumber, .varint)
    put(varint: value)
  }

  mutating func visitSingularSInt32Field(value: Int32, fieldNumber: Int) {
    visitSingularUInt64Field(value: Self.zigZag(Int64(value)), fieldNumber: fieldNumber)
  }

  mutating func visitSingularSInt64Field(value: Int64, fieldNumber: Int) {
    visitSingularUInt64Field(value: Self.zigZag(value), fieldNumber: fieldNumber)
  }

  mutating func visitSingularFixed32Field(value: UInt32, fieldNumber: Int) {
    put(tag: fieldNumber, .fixed32)
    put(raw: value.littleEndian)
  }

  mutating func visitSingularFixed64Field(value: UInt64, fieldNumber: Int) {
    put(tag: fieldNumber, .fixed64)
    put(raw: value.littleEndian)
  }

  mutating func visitSingularSFixed32Field(value: Int32, fieldNumber: Int) {
    visitSingularFixed32Field(value: UInt32(bitPattern: value), fieldNumber: fieldNumber)
  }

  mutating func visitSingularSFixed64Field(value: Int64, fieldNumber: Int) {
    visitSingularFixed64Field(value: UInt64(bitPattern: value), fieldNumber: fieldNumber)
  }

  mutating func visitSingularBoolField(value: Bool, fieldNumber: Int) {
    visitSingularUInt64Field(value: value ? 1 : 0, fieldNumber: fieldNumber)
  }

  mutating func visitSingularStringField(value: String, fieldNumber: Int) {
    put(tag: fieldNumber, .delimited)
    var value = value
    value.withUTF8 { bytes in
      put(varint: UInt64(bytes.count))
      put(UnsafeRawBufferPointer(bytes))
    }
  }

  mutating func visitSingularBytesField(value: Data, fieldNumber: Int) {
    put(tag: fieldNumber, .delimited)
    put(varint: UInt64(value.count))
    if value.count < Self.largeBytes {
      value.withUnsafeBytes { put($0) }
    } else {
      insertions.append((count, .bytes(value)))
      insertedCount += value.count
    }
  }

  mutating func visitSingularEnumField<E: Enum>(value: E, fieldNumber: Int) {
    visitSingularInt32Field(
      value: Int32(truncatingIfNeeded: value.rawValue), fieldNumber: fieldNumber)
  }

  mutating func visitSingularMessageField<M: Message>(value: M, fieldNumber: Int) throws {
    try nest(fieldNumber) { try value.traverse(visitor: &$0) }
  }

  mutating func visitSingularGroupField<G: Message>(value: G, fieldNumber: Int) throws {
    put(tag: fieldNumber, .groupStart)
    try value.traverse(visitor: &self)
    put(tag: fieldNumber, .groupEnd)
  }

  // MARK: Repeated fields; those that are not here are single fields one after the other

  mutating func visitRepeatedMessageField<M: Message>(value: [M], fieldNumber: Int) throws {
    // By address: an iterator over [M] would have its type made up at run time, and copy each message.
    try value.withUnsafeBufferPointer { messages in
      for index in messages.indices {
        try nest(fieldNumber) { try messages[index].traverse(visitor: &$0) }
      }
    }
  }

  mutating func visitPackedFloatField(value: [Float], fieldNumber: Int) {
    putPacked(value, fieldNumber)
  }

  mutating func visitPackedDoubleField(value: [Double], fieldNumber: Int) {
    putPacked(value, fieldNumber)
  }

  mutating func visitPackedFixed32Field(value: [UInt32], fieldNumber: Int) {
    putPacked(value, fieldNumber)
  }

  mutating func visitPackedFixed64Field(value: [UInt64], fieldNumber: Int) {
    putPacked(value, fieldNumber)
  }

  mutating func visitPackedSFixed32Field(value: [Int32], fieldNumber: Int) {
    putPacked(value, fieldNumber)
  }

  mutating func visitPackedSFixed64Field(value: [Int64], fieldNumber: Int) {
    putPacked(value, fieldNumber)
  }

  mutating func visitPackedInt32Field(value: [Int32], fieldNumber: Int) {
    putPacked(varints: value, fieldNumber) { UInt64(bitPattern: Int64($0)) }
  }

  mutating func visitPackedInt64Field(value: [Int64], fieldNumber: Int) {
    putPacked(varints: value, fieldNumber) { UInt64(bitPattern: $0) }
  }

  mutating func visitPackedUInt32Field(value: [UInt32], fieldNumber: Int) {
    putPacked(varints: value, fieldNumber) { UInt64($0) }
  }

  mutating func visitPackedUInt64Field(value: [UInt64], fieldNumber: Int) {
    putPacked(varints: value, fieldNumber) { $0 }
  }

  mutating func visitPackedSInt32Field(value: [Int32], fieldNumber: Int) {
    putPacked(varints: value, fieldNumber) { Self.zigZag(Int64($0)) }
  }

  mutating func visitPackedSInt64Field(value: [Int64], fieldNumber: Int) {
    putPacked(varints: value, fieldNumber) { Self.zigZag($0) }
  }

  mutating func visitPackedBoolField(value: [Bool], fieldNumber: Int) {
    putPacked(varints: value, fieldNumber) { $0 ? 1 : 0 }
  }

  mutating func visitPackedEnumField<E: Enum>(value: [E], fieldNumber: Int) {
    putPacked(varints: value, fieldNumber) {
      UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: $0.rawValue)))
    }
  }

  // MARK: Maps

  mutating func visitMapField<KeyType, ValueType: MapValueType>(
    fieldType: _ProtobufMap<KeyType, ValueType>.Type,
    value: _ProtobufMap<KeyType, ValueType>.BaseType, fieldNumber: Int
  ) throws {
    for (key, value) in value {
      try nest(fieldNumber) { encoder in
        try KeyType.visitSingular(value: key, fieldNumber: 1, with: &encoder)
        try ValueType.visitSingular(value: value, fieldNumber: 2, with: &encoder)
      }
    }
  }

  mutating func visitMapField<KeyType, ValueType>(
    fieldType: _ProtobufEnumMap<KeyType, ValueType>.Type,
    value: _ProtobufEnumMap<KeyType, ValueType>.BaseType, fieldNumber: Int
  ) throws where ValueType.RawValue == Int {
    for (key, value) in value {
      try nest(fieldNumber) { encoder in
        try KeyType.visitSingular(value: key, fieldNumber: 1, with: &encoder)
        encoder.visitSingularEnumField(value: value, fieldNumber: 2)
      }
    }
  }

  mutating func visitMapField<KeyType, ValueType>(
    fieldType: _ProtobufMessageMap<KeyType, ValueType>.Type,
    value: _ProtobufMessageMap<KeyType, ValueType>.BaseType, fieldNumber: Int
  ) throws {
    for (key, value) in value {
      try nest(fieldNumber) { encoder in
        try KeyType.visitSingular(value: key, fieldNumber: 1, with: &encoder)
        try encoder.visitSingularMessageField(value: value, fieldNumber: 2)
      }
    }
  }

  // MARK: What is carried along

  mutating func visitUnknown(bytes: Data) {
    bytes.withUnsafeBytes { put($0) }
  }
}
