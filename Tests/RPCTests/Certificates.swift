import Foundation
import TestSupport

/// A root, a server's certificate and a client's, made with the openssl command line tool.
struct Certificates {
  let folder: URL

  init(in folder: URL) throws {
    self.folder = folder
    try Self.openssl(
      [
        "req", "-x509", "-days", "2", "-subj", "/CN=Test Root", "-keyout", "root.key", "-out",
        "root.pem",
      ] + Self.newKey, in: folder)
    try issue("server", subject: "/CN=localhost", names: "DNS:localhost,IP:127.0.0.1")
    try issue("client", subject: "/CN=shop-eu", names: "DNS:shop-eu.clients.test")
  }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func issue(_ name: String, subject: String, names: String) throws {
    let extensions = folder.appendingPathComponent("\(name).ext")
    try "subjectAltName=\(names)\n".write(to: extensions, atomically: true, encoding: .utf8)
    try Self.openssl(
      [
        "req", "-subj", subject, "-keyout", "\(name).key", "-out", "\(name).csr",
      ] + Self.newKey, in: folder)
    try Self.openssl(
      [
        "x509", "-req", "-in", "\(name).csr", "-CA", "root.pem", "-CAkey", "root.key",
        "-CAcreateserial", "-days", "2", "-out", "\(name).pem", "-extfile", "\(name).ext",
      ], in: folder)
  }

  /// Of a kind that is made in no time.
  private static let newKey = [
    "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
  ]

  private static func openssl(_ arguments: [String], in folder: URL) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(arguments: arguments) }
  }

  struct Failed: Error { let arguments: [String] }
}
