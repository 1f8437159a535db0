internal import CGRPC
internal import SwiftProtobuf

/// A message encoded straight into gRPC's memory: no copy between the encoder and the wire.
///
/// Unlike an array it is not zeroed first, because the encoder fills every byte; at 128 KB that
/// costs a quarter less (TRANSPORT.md section 4).
///
/// Sendable: it is filled by its maker alone, then handed on, and used by one owner at a time.
final class MessageBytes: SwiftProtobufContiguousBytes, @unchecked Sendable {
  private let slice: cgrpc_slice
  private let bytes: UnsafeMutablePointer<UInt8>
  private var isOwned = true
  let count: Int

  init(repeating: UInt8, count: Int) {
    var slice = cgrpc_slice_allocate(count)
    // Large slices: the bytes stay where they are when the struct moves.
    bytes = cgrpc_slice_bytes(&slice)
    self.slice = slice
    self.count = count
  }

  convenience init(_ sequence: some Sequence<UInt8>) {
    let bytes = Array(sequence)
    self.init(repeating: 0, count: bytes.count)
    withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
  }

  deinit {
    if isOwned { cgrpc_slice_free(slice) }
  }

  /// Hands the memory to a function of the shim that consumes it; once.
  func take() -> cgrpc_slice {
    assert(isOwned)
    isOwned = false
    return slice
  }

  func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try body(UnsafeRawBufferPointer(start: bytes, count: count))
  }

  func withUnsafeMutableBytes<R>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> R
  ) rethrows -> R {
    try body(UnsafeMutableRawBufferPointer(start: bytes, count: count))
  }
}

extension Message {
  /// Encodes for sending.
  func encoded() throws(RPCError) -> MessageBytes {
    do {
      return try OnePassEncoder.encode(self)
    } catch {
      throw RPCError(.internalError, "A \(Self.protoMessageName) cannot be encoded.", cause: error)
    }
  }

  /// Decodes from bytes that the transport lends; nothing of them is kept.
  init(borrowing bytes: UnsafeRawBufferPointer, blaming code: StatusCode) throws(RPCError) {
    do {
      try self.init(serializedBytes: bytes.bytes)
    } catch {
      throw RPCError(code, "The bytes are not a valid \(Self.protoMessageName).", cause: error)
    }
  }
}
