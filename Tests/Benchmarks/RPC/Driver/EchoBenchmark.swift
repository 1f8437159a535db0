import Foundation

/// Measures the three echo servers, round by round, and prints medians.
enum EchoBenchmark {
  static let cases = [1, 16, 64].flatMap { inflight in
    [100, 16 << 10].map { Case(inflight: inflight, bytes: $0) }
  }

  static func run(_ arguments: [String]) -> Int32 {
    do {
      let options = try Options(arguments)
      let servers = try Self.startServers()
      defer { for server in servers { server.stop() } }
      let samples = try measure(servers, options)
      let rows = Report.rows(samples, order: servers.map(\.name))
      print(Report.table(rows, options))
      if let path = options.json {
        try Report.json(rows).write(to: URL(fileURLWithPath: path))
      }
      return 0
    } catch {
      FileHandle.standardError.write(Data("bench rpc: \(error)\n".utf8))
      return 1
    }
  }

  private static func startServers() throws -> [EchoServer] {
    [
      try EchoServer(name: "cxx-one-queue", program: "bench-rpc-cxx", arguments: ["queue"]),
      try EchoServer(name: "cxx-callback", program: "bench-rpc-cxx", arguments: ["callback"]),
      try EchoServer(name: "swift", program: "bench-rpc-swift", arguments: []),
    ]
  }

  private static func measure(
    _ servers: [EchoServer], _ options: Options
  ) throws -> [Key: [Sample]] {
    var samples: [Key: [Sample]] = [:]
    for round in 1...options.rounds {
      FileHandle.standardError.write(Data("round \(round) of \(options.rounds)\n".utf8))
      for benchCase in cases {
        for index in servers.indices {
          // Another server goes first in each round.
          let server = servers[(index + round) % servers.count]
          let key = Key(server: server.name, benchCase: benchCase)
          samples[key, default: []].append(try server.load(benchCase, seconds: options.seconds))
        }
      }
    }
    return samples
  }
}

/// How many calls at a time, of how many bytes.
struct Case: Hashable {
  let inflight: Int
  let bytes: Int
}

/// What one row is about.
struct Key: Hashable {
  let server: String
  let benchCase: Case
}

/// What the load generator measured once.
struct Sample: Codable {
  var rps: Double
  var p50_us: Double
  var p99_us: Double
  var server_cpu_us: Double
}

/// The command line.
struct Options {
  var json: String?
  var rounds = 5
  var seconds = 1.5

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else { throw Problem("\(name) needs a value") }
      switch name {
      case "--json": json = value
      case "--rounds": rounds = max(1, Int(value) ?? rounds)
      case "--seconds": seconds = max(0.1, Double(value) ?? seconds)
      default: throw Problem("unknown option \(name); known: --json FILE, --rounds N, --seconds S")
      }
    }
  }
}

/// Something that stops the benchmark, in words.
struct Problem: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
