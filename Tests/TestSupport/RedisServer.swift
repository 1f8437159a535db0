import Foundation
import Synchronization

/// A `redis-server` of a test's own, in a folder of its own, on a Unix socket; killed when the value goes.
public final class RedisServer: Sendable {
  /// Why there is none.
  public struct Failure: Error {
    /// For people.
    public var reason: String
  }

  /// Where it listens.
  public let socket: String
  /// As a client's configuration wants it.
  public var url: String { "unix://\(socket)" }
  private let folder: TemporaryDirectory
  private let arguments: [String]
  private let process = Mutex<Process?>(nil)

  /// Starts a server and waits until it takes connections.
  ///
  /// - Parameters:
  ///   - isDurable: writes and syncs every command to a file before it answers, so that a kill loses nothing.
  ///   - arguments: more of `redis-server`'s, such as `--requirepass secret`.
  public init(isDurable: Bool = false, arguments: [String] = []) throws {
    folder = try TemporaryDirectory("redis")
    // The path of a Unix socket may have 107 bytes.
    socket = folder.path("s")
    self.arguments =
      ["--port", "0", "--unixsocket", socket, "--dir", folder.url.path, "--save", ""]
      + (isDurable ? ["--appendonly", "yes", "--appendfsync", "always"] : []) + arguments
    try start()
  }

  /// Starts it again after ``kill()``.
  public func start() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/redis-server")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    self.process.withLock { $0 = process }
    // It says so when it is ready; reading blocks until it has said something.
    var text = ""
    while !text.contains("eady to accept connections") {
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else { throw Failure(reason: "redis-server did not start: \(text)") }
      text += String(decoding: data, as: UTF8.self)
    }
    // Nobody reads on: it says little, and a pipe holds 64 KB.
  }

  /// SIGKILL, and waits until it is gone.
  public func kill() {
    signal(SIGKILL)
    process.withLock { process in
      process?.waitUntilExit()
      process = nil
    }
    try? FileManager.default.removeItem(atPath: socket)
  }

  /// Stops its time: connections stay, nothing is answered.
  public func freeze() { signal(SIGSTOP) }

  /// Lets its time go on.
  public func thaw() { signal(SIGCONT) }

  private func signal(_ number: Int32) {
    process.withLock { process in
      if let process, process.isRunning { Foundation.kill(process.processIdentifier, number) }
    }
  }

  deinit { kill() }
}
