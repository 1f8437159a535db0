/// The command line.
struct BenchmarkOptions: Sendable {
  /// Where the figures go as JSON, beside the table on standard output.
  var json: String?
  /// Seconds that each constant load of the suite is measured; other loads take less.
  var seconds = 10.0
  var rounds = 3
  /// Requests a second of the constant load.
  var rate = 200.0
  /// Requests under way where as many as possible are answered.
  var inFlight = 32
  /// A MovieLens folder; nil: the generated world.
  var movielens: String?
  /// A state folder that is ready, as it is; nil: one is made.
  var state: String?

  static let usage = """
    options: --json FILE, --seconds S (10), --rounds N (3), --rate R (200), --in-flight N (32),
    --movielens DIR (real films instead of the generated world), --state DIR (a ready state folder as it is)
    """

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else {
        throw Problem("\(name) needs a value\n\(Self.usage)")
      }
      switch name {
      case "--json": json = value
      case "--seconds": seconds = try Self.number(name, value, in: 1...600)
      case "--rounds": rounds = Int(try Self.number(name, value, in: 1...100))
      case "--rate": rate = try Self.number(name, value, in: 1...100_000)
      case "--in-flight": inFlight = Int(try Self.number(name, value, in: 1...10_000))
      case "--movielens": movielens = value
      case "--state": state = value
      default: throw Problem("unknown option \(name)\n\(Self.usage)")
      }
    }
    if movielens != nil, state != nil {
      throw Problem("--movielens and --state exclude each other")
    }
  }

  private static func number(
    _ name: String, _ text: String, in range: ClosedRange<Double>
  ) throws -> Double {
    guard let value = Double(text), range.contains(value) else {
      throw Problem("\(name) must be a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }
}

/// Something that stops the benchmark, in words.
struct Problem: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
