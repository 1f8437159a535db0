import Foundation

/// A running echo server: a process that prints its port and lives until its input ends.
final class EchoServer {
  let name: String
  private let process: Process
  private let input = Pipe()
  private let port: String

  init(name: String, program: String, arguments: [String]) throws {
    self.name = name
    let output = Pipe()
    process = Process()
    process.executableURL = Self.sibling(program)
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line = Data()
    while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) {
      guard !byte.isEmpty else { throw Problem("\(program) ended before it served") }
      line += byte
    }
    port = String(decoding: line, as: UTF8.self)
  }

  /// Runs the load generator against it.
  func load(_ benchCase: Case, seconds: Double) throws -> Sample {
    let load = Process()
    let output = Pipe()
    load.executableURL = Self.sibling("bench-rpc-load")
    load.arguments = [
      port, "\(process.processIdentifier)", "\(benchCase.inflight)", "\(benchCase.bytes)",
      "\(seconds)",
    ]
    load.standardOutput = output
    try load.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    load.waitUntilExit()
    guard load.terminationStatus == 0 else { throw Problem("the load on \(name) failed") }
    return try JSONDecoder().decode(Sample.self, from: text)
  }

  func stop() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// The programs of a build lie in one folder.
  private static func sibling(_ program: String) -> URL {
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent(program)
  }
}
