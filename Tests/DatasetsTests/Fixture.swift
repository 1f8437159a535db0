import Foundation
import TestSupport

/// Files of a small dataset in a folder of their own.
struct Fixture {
  let folder: TemporaryDirectory
  var path: String { folder.url.path }

  init(_ files: [String: String]) throws {
    folder = try TemporaryDirectory("datasets")
    for (name, text) in files { try write(Data(text.utf8), name) }
  }

  func write(_ data: Data, _ name: String) throws {
    try data.write(to: folder.url.appendingPathComponent(name))
  }
}
