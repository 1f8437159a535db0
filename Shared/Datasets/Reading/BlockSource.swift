import Synchronization

/// Hands out the bytes of a file in blocks of whole lines, to several threads.
final class BlockSource: Sendable {
  /// A block: whole lines, and their place in the order.
  struct Block: Sendable {
    var index: Int
    var bytes: [UInt8]
  }

  private struct State {
    var source: ByteSource
    /// The beginning of a line whose end was not in the last block.
    var rest: [UInt8] = []
    var nextIndex = 0
    var atEnd = false
  }

  let path: String
  let fileBytes: Int
  private let blockBytes: Int
  private let state: Mutex<State>

  init(path: String, blockBytes: Int = 4 << 20) throws {
    let source = try ByteSource(path: path)
    self.path = path
    self.blockBytes = max(1, blockBytes)
    fileBytes = source.fileBytes
    state = Mutex(State(source: source))
  }

  /// How much of the file on disk has been read.
  var fileBytesRead: Int { state.withLock { $0.source.fileBytesRead } }

  /// The next lines; nil at the end.
  func next() throws -> Block? {
    try state.withLock { state in
      if state.atEnd { return nil }
      var room = blockBytes
      while true {
        var bytes = try Self.bytes(state.rest, room, state.source)
        state.atEnd = bytes.count < state.rest.count + room
        if state.atEnd {
          state.rest = []
          if bytes.isEmpty { return nil }
          let lastStart = (bytes.dropLast().lastIndex(of: 0x0a) ?? -1) + 1
          try refuseIfLong(bytes.count - lastStart)
        } else if let end = bytes.lastIndex(of: 0x0a) {
          state.rest = Array(bytes[(end + 1)...])
          bytes.removeLast(bytes.count - end - 1)
        } else {
          // A line longer than the block: more of it, up to a bound.
          try refuseIfLong(bytes.count)
          state.rest = bytes
          room = max(room, bytes.count)
          continue
        }
        state.nextIndex += 1
        return Block(index: state.nextIndex - 1, bytes: bytes)
      }
    }
  }

  private func refuseIfLong(_ lineBytes: Int) throws {
    guard lineBytes < LineScanner.longestLine else {
      throw DatasetError(.format, "\(path): a line is longer than 4 MiB")
    }
  }

  /// What was carried over and so many bytes more; fewer at the end of the file only.
  private static func bytes(
    _ rest: [UInt8], _ room: Int, _ source: ByteSource
  ) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: rest.count + room) { buffer, initialized in
      _ = buffer.update(fromContentsOf: rest)
      initialized = rest.count
      while initialized < rest.count + room {
        let free = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[initialized..<rest.count + room])
        let count = try source.read(into: free)
        if count == 0 { break }
        initialized += count
      }
    }
  }
}
