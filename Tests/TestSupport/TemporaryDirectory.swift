import Foundation

/// A folder for one test, removed when the value goes.
public final class TemporaryDirectory: Sendable {
  /// Where it is.
  public let url: URL

  /// Makes a new empty folder.
  public init(_ name: String = "test") throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("recsys-\(name)-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  /// A path in the folder.
  public func path(_ component: String) -> String { url.appendingPathComponent(component).path }

  deinit { try? FileManager.default.removeItem(at: url) }
}
