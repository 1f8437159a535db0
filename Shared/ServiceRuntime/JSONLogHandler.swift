import Foundation
public import Logging
import Synchronization

/// Writes log records as one JSON object a line to standard error.
///
/// Keys: `time` (RFC 3339, milliseconds, UTC), `level`, `logger`, `message`, and the record's metadata under
/// their own names. Messages are constants; what varies is in the metadata.
public struct JSONLogHandler: LogHandler {
  private static let output = Mutex<Void>(())

  private let label: String
  private let human: Bool
  /// Metadata of every record of this logger.
  public var metadata: Logger.Metadata = [:]
  /// Adds metadata from the task's context, e.g. a request id.
  public var metadataProvider: Logger.MetadataProvider?
  /// Records below it are not written.
  public var logLevel: Logger.Level

  /// A handler.
  ///
  /// - Parameters:
  ///   - label: name of the logger.
  ///   - level: lowest level written.
  ///   - human: a line of text for people instead of JSON.
  public init(label: String, level: Logger.Level, human: Bool = false) {
    self.label = label
    logLevel = level
    self.human = human
  }

  /// Metadata of every record by key.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes a record.
  public func log(event: LogEvent) {
    var merged = metadata
    if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
    if let own = event.metadata { merged.merge(own) { $1 } }
    let line =
      human
      ? Self.text(level: event.level, label: label, message: "\(event.message)", merged)
      : Self.json(level: event.level, label: label, message: "\(event.message)", merged)
    // One write a line, so that lines of several threads never mix.
    Self.output.withLock { _ in
      // Where a log line cannot be written, e.g. because the disk is full, there is nobody to tell; Foundation's
      // own write would end the process.
      var line = line + "\n"
      line.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while rest.count > 0 {
          let written = write(STDERR_FILENO, rest.baseAddress, rest.count)
          guard written > 0 else { return }
          rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
      }
    }
  }

  static func text(
    level: Logger.Level, label: String, message: String, _ metadata: Logger.Metadata
  ) -> String {
    let rest = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    return "\(timestamp()) \(level) \(label): \(message)\(rest)"
  }

  static func json(
    level: Logger.Level, label: String, message: String, _ metadata: Logger.Metadata
  ) -> String {
    var line = "{\"time\":\"\(timestamp())\",\"level\":\"\(level)\",\"logger\":"
    append(label, to: &line)
    line += ",\"message\":"
    append(message, to: &line)
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      line += ","
      append(key, to: &line)
      line += ":"
      append(value, to: &line)
    }
    return line + "}"
  }

  private static func timestamp() -> String {
    Date().formatted(
      Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  private static func append(_ value: Logger.MetadataValue, to line: inout String) {
    switch value {
    case .string(let text): append(text, to: &line)
    case .stringConvertible(let value): append(value.description, to: &line)
    case .array(let values):
      line += "["
      for (index, value) in values.enumerated() {
        if index > 0 { line += "," }
        append(value, to: &line)
      }
      line += "]"
    case .dictionary(let values):
      line += "{"
      for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { line += "," }
        append(key, to: &line)
        line += ":"
        append(value, to: &line)
      }
      line += "}"
    }
  }

  private static func append(_ text: String, to line: inout String) {
    line += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": line += "\\\""
      case "\\": line += "\\\\"
      case "\n": line += "\\n"
      case "\r": line += "\\r"
      case "\t": line += "\\t"
      case let control where control.value < 0x20:
        let hex = String(control.value, radix: 16)
        line += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: line.unicodeScalars.append(scalar)
      }
    }
    line += "\""
  }
}
