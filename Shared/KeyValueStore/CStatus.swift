internal import CRocksDB
import Foundation

/// The one place where RocksDB's error out-parameter becomes a thrown error.
///
/// - Parameter body: calls RocksDB with the out-parameter; a message left there belongs to the caller,
///   so it is freed here.
func throwing<Result>(
  _ code: StoreError.Code, _ what: @autoclosure () -> String,
  _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) throws -> Result
) throws -> Result {
  var message: UnsafeMutablePointer<CChar>?
  let result = try body(&message)
  if let message {
    defer { rocksdb_free(message) }
    throw StoreError(code, "\(what()): \(String(cString: message))")
  }
  return result
}

/// Calls the body with the bytes as the C API wants them.
func withCBytes<Result>(
  _ bytes: [UInt8], _ body: (UnsafePointer<CChar>?, Int) throws -> Result
) rethrows -> Result {
  try bytes.withUnsafeBytes {
    try body($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
  }
}
