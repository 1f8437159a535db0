import Datasets
import Foundation
import RPC
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf

/// Where a gateway listens, and the word that operators' calls show to it.
public struct OperatorAccess: Sendable {
  /// Where the gateway listens.
  public var target: String
  /// The operator's token.
  public var token: String

  /// Finds both: the target as given or that of the suite on the state folder, the token in RECSYS_OPERATOR_TOKEN or
  /// with the suite.
  ///
  /// - Throws: ``PipelineError`` when there is no token to be found.
  public init(target: String?, state: StateFolder) throws {
    let listing = SuiteListing.read(state)
    self.target = target ?? listing?.gateway ?? "127.0.0.1:7070"
    let given = ProcessInfo.processInfo.environment["RECSYS_OPERATOR_TOKEN"] ?? ""
    guard let token = given.isEmpty ? listing?.operatorToken : given else {
      throw PipelineError(
        .usage,
        "the operator's token is needed: set RECSYS_OPERATOR_TOKEN, or give the --state of a running suite"
      )
    }
    self.token = token
  }

  /// Access to a suite that this process runs.
  init(_ suite: Suite) {
    target = suite.gatewayTarget
    token = suite.operatorToken
  }

  fileprivate func options(_ timeout: Duration) -> CallOptions {
    CallOptions(timeout: timeout, metadata: OperatorClient.credentials(token))
  }
}

/// Asks a gateway why an item is in a slate, or why it is not.
public struct WhyQuery: Sendable {
  /// The item.
  public var item: String
  /// The user, for a slate made now.
  public var user: String?
  /// What an anonymous visitor looked at, newest first, for a slate made now.
  public var recentItems: [String] = []
  /// A request answered before, instead.
  public var requestID: String?
  /// Length of the slate made now.
  public var count: UInt32 = 20
  /// The moment of the slate made now; nil for now.
  public var timeMilliseconds: Int64?
  /// Whether to look for past items without which the item would not be there.
  public var counterfactual = false

  /// A question about an item.
  public init(item: String) { self.item = item }

  /// Asks, and gives the answer as JSON or as text for people.
  public func run(_ access: OperatorAccess, json: Bool) async throws -> String {
    let answer = try await ask(access)
    return json ? try answer.jsonString() : Self.text(answer)
  }

  private func ask(_ access: OperatorAccess) async throws -> Recsys_Gateway_V1_WhyItemResponse {
    var message = Recsys_Gateway_V1_WhyItemRequest()
    message.itemID = item
    message.counterfactual = counterfactual
    if let requestID {
      message.requestID = requestID
    } else {
      var request = Recsys_Gateway_V1_RecommendRequest()
      if let user {
        request.subject.userID = user
      } else {
        request.subject.session.recentItemIds = recentItems
      }
      request.count = count
      request.explain = .full
      if let timeMilliseconds {
        request.context.time = Google_Protobuf_Timestamp(
          seconds: timeMilliseconds / 1000, nanos: Int32(timeMilliseconds % 1000) * 1_000_000)
      }
      message.request = request
    }
    let client = GatewayClient(channel: try Channel(target: access.target))
    return try await client.whyItem(message, options: access.options(.seconds(10)))
  }

  private static func text(_ answer: Recsys_Gateway_V1_WhyItemResponse) -> String {
    var lines = [answer.inSlate ? "in the slate" : "not in the slate: \(answer.text)"]
    for verdict in answer.path {
      let mark = verdict.kept ? "✓" : "✗"
      let stage = verdict.stage + String(repeating: " ", count: max(0, 12 - verdict.stage.count))
      lines.append("  \(mark) \(stage) \(verdict.text)")
    }
    if !answer.reason.text.isEmpty { lines.append("  reason: \(answer.reason.text)") }
    if !answer.wouldEnterIf.isEmpty { lines.append("  it would be in if \(answer.wouldEnterIf)") }
    if answer.counterfactualTried > 0 {
      let titles = answer.counterfactual.map { $0.itemTitle.isEmpty ? $0.itemID : $0.itemTitle }
      lines.append(
        titles.isEmpty
          ? "  no single one of \(answer.counterfactualTried) past items tried decides it"
          : "  it would not be there without: \(titles.joined(separator: "; ")) "
            + "(each alone, of \(answer.counterfactualTried) past items tried)")
    }
    return (lines + ["  request \(answer.requestID)"]).joined(separator: "\n")
  }
}

/// Asks a gateway to make an answer again from its trace.
public struct ReplayQuery: Sendable {
  /// The request's id.
  public var requestID: String

  /// A replay of a request.
  public init(requestID: String) { self.requestID = requestID }

  /// Asks, and gives the answer as JSON or as text for people, and whether it is what was sent.
  public func run(
    _ access: OperatorAccess, state: StateFolder, json: Bool
  ) async throws -> (output: String, isIdentical: Bool) {
    let answer = try await ask(access)
    let output = json ? try answer.jsonString() : Self.text(answer, state)
    return (output, answer.identical)
  }

  private func ask(_ access: OperatorAccess) async throws -> Recsys_Gateway_V1_ReplayResponse {
    let client = OperatorClient(channel: try Channel(target: access.target), token: access.token)
    var message = Recsys_Gateway_V1_ReplayRequest()
    message.requestID = requestID
    return try await client.replay(message, options: CallOptions(timeout: .seconds(10)))
  }

  private static func text(
    _ answer: Recsys_Gateway_V1_ReplayResponse, _ state: StateFolder
  ) -> String {
    let verdict =
      answer.identical
      ? "identical, byte for byte, to what was sent" : "NOT identical: \(answer.difference)"
    let time = answer.answeredTime.date.formatted(.iso8601)
    // Categories and years come from the dataset, where it is at hand.
    let printer = SlatePrinter(items: (try? state.dataset.read().items) ?? [])
    return printer.text(answer.response) + "\n  \(verdict) at \(time)"
  }
}
