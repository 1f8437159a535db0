import Foundation

/// Ports of this machine that nobody listens on.
public enum FreePort {
  /// Free TCP ports of 127.0.0.1, all different.
  ///
  /// They are held together until all are found. Somebody else may take one before it is used; then the
  /// service that wanted it says so and ends.
  public static func find(count: Int) throws -> [Int] {
    var sockets: [Int32] = []
    defer { for socket in sockets { close(socket) } }
    return try (0..<count).map { _ in
      let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      guard socket >= 0 else { throw PipelineError(.service, "no socket to be had") }
      sockets.append(socket)
      return try bindToAny(socket)
    }
  }

  private static func bindToAny(_ socket: Int32) throws -> Int {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(socket, generic, size) == 0 && getsockname(socket, generic, &size) == 0
      }
    }
    guard isBound else { throw PipelineError(.service, "no free port to be had") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
