import Foundation

/// What the gateway says to the services behind it for one request, from the recording proxy's file.
struct RecordedCalls: Codable, Sendable {
  /// A call that belongs to every request.
  struct Call: Codable, Sendable, Equatable {
    /// e.g. "features".
    var service: String
    /// e.g. "GetUser".
    var method: String
    /// Medians of what was seen.
    var request_bytes: Int
    var reply_bytes: Int
  }

  /// In the order in which they begin.
  var calls: [Call]

  private struct Line {
    var service: String
    var method: String
    var request: Int
    var reply: Int
    var start: Int
    var code: Int
    var message: String

    /// `NAME PATH REQUEST_BYTES REPLY_BYTES START_MICROSECONDS STATUS [MESSAGE]`
    init?(_ text: Substring) {
      let words = text.split(separator: " ", maxSplits: 6)
      let numbers = words.dropFirst(2).prefix(4).compactMap { Int($0) }
      message = words.count > 6 ? String(words[6]) : ""
      guard words.count >= 6, numbers.count == 4,
        let method = words[1].split(separator: "/").last
      else { return nil }
      service = String(words[0])
      self.method = String(method)
      (request, reply, start, code) = (numbers[0], numbers[1], numbers[2], numbers[3])
    }
  }

  /// - Parameters:
  ///   - text: lines of the proxy, from requests that came one after the other.
  ///   - requests: how many they were.
  init(_ text: String, requests: Int) throws {
    let lines = text.split(separator: "\n").compactMap { Line($0) }.sorted { $0.start < $1.start }
    if let failed = lines.first(where: { $0.code != 0 }) {
      throw Problem(
        "\(failed.method) failed while calls were recorded: code \(failed.code) \(failed.message)")
    }
    let groups = Dictionary(grouping: lines.indices) { "\(lines[$0].service)/\(lines[$0].method)" }
    var found: [(first: Int, call: Call)] = []
    for indices in groups.values {
      let own = indices.map { lines[$0] }
      // What belongs to no request (a list that is refreshed now and then) comes seldom.
      let perRequest = Int((Double(own.count) / Double(requests)).rounded())
      guard perRequest > 0, let first = indices.min() else { continue }
      let call = Call(
        service: own[0].service, method: own[0].method,
        request_bytes: Self.median(own.map(\.request)), reply_bytes: Self.median(own.map(\.reply)))
      for _ in 0..<perRequest { found.append((first, call)) }
    }
    calls = found.sorted { $0.first < $1.first }.map(\.call)
    guard !calls.isEmpty else { throw Problem("the proxy has seen no call") }
  }

  static func median(_ values: [Int]) -> Int { values.sorted()[values.count / 2] }
}
