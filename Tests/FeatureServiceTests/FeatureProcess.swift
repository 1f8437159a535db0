import Foundation
import RPC
import ServiceContracts
import Synchronization

/// A process of `recsys-features` on a free port.
final class FeatureProcess: @unchecked Sendable {
  // Unchecked: `Process` is used by one test after another, and killing it is a system call on its id.
  private let process = Process()
  let client: FeatureClient

  /// Starts it and waits until it serves.
  init(store: String) async throws {
    process.executableURL = try Self.executable()
    process.environment = [
      "RECSYS_SERVER_PORT": "0", "RECSYS_SIDE_PORT": "-1", "RECSYS_STORE_PATH": store,
      "RECSYS_REGISTRY_CATALOGUE_LABEL": "", "OMP_NUM_THREADS": "1",
    ]
    let errors = Pipe()
    process.standardError = errors
    let lines = Self.lines(of: errors.fileHandleForReading)
    try process.run()
    var port: Int?
    for await line in lines {
      let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      let message = record?["message"] as? String
      if message == "listening" { port = Int("\(record?["port"] ?? "")") }
      if message == "serving" { break }
    }
    guard let port else { throw Failure(reason: "the process ended before it served") }
    client = FeatureClient(channel: try Channel(target: "ipv4:127.0.0.1:\(port)"))
  }

  /// Whole lines as they come. It reads on until the end, so that the process never waits to be read.
  private static func lines(of handle: FileHandle) -> AsyncStream<String> {
    let (stream, continuation) = AsyncStream.makeStream(of: String.self)
    let buffer = LineBuffer()
    handle.readabilityHandler = { handle in
      let data = handle.availableData
      guard !data.isEmpty else {
        handle.readabilityHandler = nil
        return continuation.finish()
      }
      buffer.bytes.withLock { buffer in
        buffer.append(data)
        while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
          continuation.yield(String(decoding: buffer[buffer.startIndex..<end], as: UTF8.self))
          buffer = Data(buffer[buffer.index(after: end)...])
        }
      }
    }
    return stream
  }

  struct Failure: Error {
    var reason: String
  }

  /// SIGKILL, and waits until it is gone.
  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  deinit { if process.isRunning { kill() } }

  /// Beside the tests, where the build puts it.
  private static func executable() throws -> URL {
    let tests = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0])
    let candidates = [
      tests.deletingLastPathComponent(),
      URL(fileURLWithPath: FileManager.default.currentDirectoryPath + "/.build/debug"),
    ].map { $0.appendingPathComponent("recsys-features") }
    guard
      let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) })
    else { throw Failure(reason: "no recsys-features beside \(tests.path)") }
    return found
  }
}

private final class LineBuffer: Sendable {
  let bytes = Mutex(Data())
}
