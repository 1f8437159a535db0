import Foundation

/// What to measure.
struct SwapOptions {
  /// Where the figures go too; nil: nowhere.
  var jsonPath: String?
  /// A state folder to copy; nil: a small world is made.
  var state: String?
  /// Folder of the services' programs; nil: where this program is.
  var executables: String?
  /// Requests a second.
  var rate = 150.0
  /// Of each of the three parts.
  var seconds = 20.0
  /// Processes of each service.
  var replicas = 1

  struct Wrong: Error, CustomStringConvertible {
    var description: String
  }

  init(_ arguments: ArraySlice<String>) throws {
    var rest = arguments
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else { throw Wrong(description: "\(name) needs a value") }
      switch name {
      case "--json": jsonPath = value
      case "--state": state = value
      case "--executables": executables = value
      case "--rate": rate = try Self.number(name, value, in: 1...100_000)
      case "--seconds": seconds = try Self.number(name, value, in: 1...3_600)
      case "--replicas": replicas = Int(try Self.number(name, value, in: 1...16))
      default:
        throw Wrong(
          description:
            "unknown option \(name); known: --json FILE, --state DIR, --executables DIR, "
            + "--rate N, --seconds N, --replicas N")
      }
    }
  }

  private static func number(
    _ name: String, _ text: String, in range: ClosedRange<Double>
  ) throws -> Double {
    guard let value = Double(text), range.contains(value) else {
      throw Wrong(description: "\(name) must be from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }
}
