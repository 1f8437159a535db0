import Foundation

/// A program of this build that prints a line once it serves, and serves until its input ends.
final class ChildProgram {
  let processID: Int32
  /// The line that it printed.
  let line: String
  private let process = Process()
  private let input = Pipe()

  /// The folder of this build's programs.
  static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  init(_ program: String, _ arguments: [String]) throws {
    let output = Pipe()
    process.executableURL = Self.folder.appendingPathComponent(program)
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    processID = process.processIdentifier
    var line = Data()
    while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) {
      guard !byte.isEmpty else {
        throw Problem("\(program) \(arguments.first ?? "") ended before it served")
      }
      line += byte
    }
    self.line = String(decoding: line, as: UTF8.self)
  }

  func stop() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
