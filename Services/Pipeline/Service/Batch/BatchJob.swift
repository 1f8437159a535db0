import Datasets
import Foundation
import RPC
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf

/// Asks a gateway for the slates of many users, and writes them to a file.
///
/// The file appears under its name when it is whole: until then it grows beside it, and is taken away if the job
/// fails.
public struct BatchJob: Sendable {
  /// Users of one call.
  private static let usersPerCall = 5_000

  /// How slates are written.
  public enum Format: String, Sendable, CaseIterable {
    /// A line an item: user_id, rank, item_id, title, score, sources, error.
    case csv
    /// A line a user: the reply, or its error.
    case jsonl

    /// The format that a file's name asks for.
    ///
    /// - Throws: ``PipelineError`` for any other name.
    public init(path: String) throws {
      let name = URL(fileURLWithPath: path).pathExtension.lowercased()
      if name == "parquet" {
        throw PipelineError(
          .usage,
          "Parquet needs the Arrow library, which this build is without: take .csv or .jsonl")
      }
      guard let format = Format(rawValue: name) else {
        throw PipelineError(.usage, "\(path): the name must end in .csv or .jsonl")
      }
      self = format
    }
  }

  /// What came out.
  public struct Outcome: Codable, Sendable {
    /// Users with a slate.
    public var slates = 0
    /// Users with an error instead.
    public var failed = 0
    /// Items in all slates.
    public var items = 0
    /// Wall time in seconds.
    public var seconds = 0.0
    /// Of the first failure.
    public var firstError: String?
  }

  /// Where the gateway listens.
  public var target: String
  /// Items a slate.
  public var count: UInt32 = 20
  /// Whether to ask for reasons too.
  public var wantsReasons = false
  /// The moment that the slates are for; nil for now.
  public var timeMilliseconds: Int64?

  /// A job.
  public init(target: String) { self.target = target }

  /// External ids: one a line of a file, or all users of the dataset for "all".
  public static func users(_ name: String, state: StateFolder) throws -> [String] {
    if name == "all" { return try state.requireDataset().users.map(\.externalID) }
    guard let data = FileManager.default.contents(atPath: name) else {
      throw PipelineError(.missing, "cannot read the users' file \(name)")
    }
    let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
    let users = lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    guard !users.isEmpty else { throw PipelineError(.usage, "\(name) names no user") }
    return users
  }

  /// Runs it.
  ///
  /// - Throws: ``PipelineError`` when the file cannot be written; the gateway's error when it ends a call.
  public func run(
    users: [String], output path: String, progress: ProgressPrinter
  ) async throws -> Outcome {
    let format = try Format(path: path)
    let begun = ContinuousClock.now
    let aside = "\(path).part-\(getpid())"
    guard FileManager.default.createFile(atPath: aside, contents: nil),
      let file = FileHandle(forWritingAtPath: aside)
    else { throw PipelineError(.usage, "cannot write \(aside)") }
    do {
      var outcome = Outcome()
      if format == .csv { try file.write(contentsOf: Data((Self.header + "\n").utf8)) }
      let client = GatewayClient(channel: try Channel(target: target))
      for first in stride(from: 0, to: users.count, by: Self.usersPerCall) {
        let part = users[first..<min(users.count, first + Self.usersPerCall)]
        for try await response in try client.recommendBatch(message(part)) {
          try file.write(contentsOf: Data(Self.lines(response, format).utf8))
          outcome.add(response)
          progress.report(
            "batch", done: outcome.slates + outcome.failed, total: users.count, unit: "users")
        }
      }
      try file.synchronize()
      try file.close()
      guard rename(aside, path) == 0 else {
        throw PipelineError(.usage, "cannot write \(path): \(String(cString: strerror(errno)))")
      }
      outcome.seconds = (ContinuousClock.now - begun) / .seconds(1)
      return outcome
    } catch {
      unlink(aside)
      throw error
    }
  }

  private func message(_ users: ArraySlice<String>) -> Recsys_Gateway_V1_RecommendBatchRequest {
    var message = Recsys_Gateway_V1_RecommendBatchRequest()
    message.userIds = Array(users)
    message.template.count = count
    if wantsReasons { message.template.explain = .text }
    if let timeMilliseconds {
      message.template.context.time = Google_Protobuf_Timestamp(
        seconds: timeMilliseconds / 1000, nanos: Int32(timeMilliseconds % 1000) * 1_000_000)
    }
    return message
  }

  // MARK: Lines

  private static let header = "user_id,rank,item_id,title,score,sources,reason,error"

  private static func lines(
    _ response: Recsys_Gateway_V1_RecommendBatchResponse, _ format: Format
  ) throws -> String {
    if format == .jsonl { return try response.jsonString() + "\n" }
    if case .error(let error) = response.result {
      return row([response.userID, "", "", "", "", "", "", "\(error.code): \(error.message)"])
    }
    return response.response.items.map { item in
      row([
        response.userID, "\(item.rank)", item.itemID, item.title, "\(item.score)",
        item.sources.map(\.source).joined(separator: " "), item.reason.text, "",
      ])
    }.joined()
  }

  /// A line of RFC 4180.
  static func row(_ fields: [String]) -> String {
    fields.map { field in
      field.contains { "\",\r\n".contains($0) || $0.isNewline }
        ? "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : field
    }.joined(separator: ",") + "\n"
  }
}

extension BatchJob.Outcome {
  fileprivate mutating func add(_ response: Recsys_Gateway_V1_RecommendBatchResponse) {
    if case .error(let error) = response.result {
      failed += 1
      if firstError == nil { firstError = "\(response.userID): \(error.message)" }
    } else {
      slates += 1
      items += response.response.items.count
    }
  }

  /// For people.
  public var text: String {
    let rate = seconds > 0 ? Double(slates + failed) / seconds : 0
    let failures = failed == 0 ? "" : "; \(failed) users failed, the first: \(firstError ?? "")"
    return "\(slates) slates, \(items) items, in "
      + String(format: "%.1f s (%.0f users a second)", seconds, rate) + failures
  }
}
