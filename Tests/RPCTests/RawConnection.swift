import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A client that speaks as much HTTP/2 as it wants to, and hangs up when it likes.
final class RawConnection {
  private let socket: Int32

  init(port: Int) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw POSIXError(.ECONNREFUSED) }
  }

  deinit { close(socket) }

  /// Sends what the peer still takes; it may have hung up.
  func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Hangs up at once, without the goodbye of TCP.
  func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    shutdown(socket, Int32(SHUT_RDWR))
  }

  static let preface =
    Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(type: 4, flags: 0, stream: 0, [])

  static func frame(type: UInt8, flags: UInt8, stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
    let length = UInt32(payload.count)
    return [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
      + [24, 16, 8, 0].map { UInt8(stream >> UInt32($0) & 255) } + payload
  }

  /// The headers of a call, as literals without indexing (RFC 7541, 6.2.2).
  static func headers(path: String, stream: UInt32, endStream: Bool = false) -> [UInt8] {
    let pairs = [
      (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test"),
      ("content-type", "application/grpc"), ("te", "trailers"),
    ]
    var block: [UInt8] = []
    for (key, value) in pairs {
      block += [0, UInt8(key.utf8.count)] + Array(key.utf8)
      block += [UInt8(value.utf8.count)] + Array(value.utf8)
    }
    return frame(type: 1, flags: endStream ? 5 : 4, stream: stream, block)
  }

  /// A DATA frame with one gRPC message.
  static func message(_ bytes: [UInt8], stream: UInt32, endStream: Bool = false) -> [UInt8] {
    let count = UInt32(bytes.count)
    let prefix: [UInt8] = [0] + [24, 16, 8, 0].map { UInt8(count >> UInt32($0) & 255) }
    return frame(type: 0, flags: endStream ? 1 : 0, stream: stream, prefix + bytes)
  }
}
