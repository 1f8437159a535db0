internal import CZlib

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file's bytes in order, gunzipped on the way where its name ends in `.gz`.
///
/// The whole file is never in memory: zlib and the caller's buffer are all there is.
final class ByteSource {
  /// Size of the file on disk.
  let fileBytes: Int
  private let path: String
  private let descriptor: Int32  // owned
  private let compressed: gzFile?  // owned; owns the descriptor too

  /// Opens a file.
  init(path: String) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw DatasetError(.file, "cannot read \(path): \(String(cString: strerror(errno)))")
    }
    var status = stat()
    fileBytes = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    if path.hasSuffix(".gz") {
      guard let stream = gzdopen(descriptor, "rb") else {
        close(descriptor)
        throw DatasetError(.file, "cannot read \(path): no memory for gzip")
      }
      gzbuffer(stream, 1 << 18)
      compressed = stream
    } else {
      compressed = nil
    }
  }

  deinit {
    if let compressed { gzclose(compressed) } else { close(descriptor) }
  }

  /// How much of the file on disk has been read.
  var fileBytesRead: Int {
    compressed.map { Int(gzoffset($0)) } ?? Int(lseek(descriptor, 0, SEEK_CUR))
  }

  /// Fills the start of a buffer; 0 at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard !buffer.isEmpty else { return 0 }
    if let compressed {
      let count = gzread(compressed, buffer.baseAddress, UInt32(min(buffer.count, 1 << 30)))
      // A cut-off file ends in Z_BUF_ERROR without gzread saying so.
      var status: Int32 = Z_OK
      let text = gzerror(compressed, &status)
      guard count >= 0, status == Z_OK || status == Z_STREAM_END else {
        throw DatasetError(
          .format, "\(path) is not a whole gzip file: \(text.map { String(cString: $0) } ?? "")")
      }
      return Int(count)
    }
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      guard errno == EINTR else {
        throw DatasetError(.file, "cannot read \(path): \(String(cString: strerror(errno)))")
      }
    }
  }
}
