public import BusinessRules
import Foundation
import RPC
public import RecommendationProtos
import ServiceContracts
import SwiftProtobuf

/// Reads, tries and sets business rules.
public struct RulesQuery: Sendable {
  /// Where the gateway listens.
  public var target: String
  /// The operator's token.
  public var token: String

  /// A query.
  public init(target: String, token: String) {
    self.target = target
    self.token = token
  }

  /// The token to use: the one given, else the environment's, else that of the suite that runs on the state folder.
  ///
  /// - Throws: ``PipelineError`` when there is none.
  public static func token(_ given: String?, state: StateFolder) throws -> String {
    let environment = ProcessInfo.processInfo.environment["RECSYS_OPERATOR_TOKEN"]
    guard let token = given ?? environment ?? SuiteListing.read(state)?.operatorToken,
      !token.isEmpty
    else {
      throw PipelineError(
        .usage,
        "the operator's token is needed: --token, RECSYS_OPERATOR_TOKEN, or a suite by recsys up")
    }
    return token
  }

  /// The rules of a file, checked.
  ///
  /// - Throws: ``PipelineError`` that says everything that is wrong with them.
  public static func read(path: String) throws -> RuleBook {
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw PipelineError(.usage, "cannot read \(path)")
    }
    do {
      return try RulesFile(path: path).read()
    } catch let error as RPCError {
      let faults = error.fieldViolations.map { "  \($0.field): \($0.description)" }
      throw PipelineError(.usage, "\(path) is not valid:\n" + faults.joined(separator: "\n"))
    } catch {
      throw PipelineError(.usage, "\(path) is not valid: \(error)")
    }
  }

  /// The rules in force, as a file would have them.
  public func show() async throws -> (response: Recsys_Gateway_V1_GetRulesResponse, text: String) {
    let response = try await client().getRules(.init(), options: Self.options)
    let text = try RulesText.write(response.rules)
    return (response, "# version \(response.version)\n" + text)
  }

  /// Tries rules on slates sent of late and, unless that is all that is wanted, puts them into force.
  public func set(
    _ book: RuleBook, validateOnly: Bool
  ) async throws -> Recsys_Gateway_V1_SetRulesResponse {
    var request = Recsys_Gateway_V1_SetRulesRequest()
    request.rules = book.proto
    request.validateOnly = validateOnly
    return try await client().setRules(request, options: Self.options)
  }

  /// What rules change, for people.
  public static func text(_ response: Recsys_Gateway_V1_SetRulesResponse) -> String {
    var lines = [
      "version \(response.version): changes \(response.slatesChanged) of \(response.slatesChecked) slates sent of late"
    ]
    for (rule, count) in response.slatesChangedByRule.sorted(by: {
      ($1.value, $0.key) < ($0.value, $1.key)
    }) {
      lines.append("  rule \(rule): \(count) slates")
    }
    for change in response.changes.prefix(10) {
      let (entering, leaving) = (change.enteringItemIds, change.leavingItemIds)
      lines.append(
        "  request \(change.requestID): in \(entering.joined(separator: " ")); "
          + "out \(leaving.joined(separator: " ")); \(change.movedCount) moved")
    }
    return lines.joined(separator: "\n")
  }

  private static var options: CallOptions { CallOptions(timeout: .seconds(30)) }

  private func client() throws -> OperatorClient {
    OperatorClient(channel: try Channel(target: target), token: token)
  }
}
