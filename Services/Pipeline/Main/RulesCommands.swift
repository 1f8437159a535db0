import ArgumentParser
import BusinessRules
import Foundation
import PipelineJobs
import SwiftProtobuf

/// Business rules: what is pinned, moved, kept places for, and blocked.
struct RulesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Check, try, set and show the business rules.",
    subcommands: [Check.self, Set.self, Show.self])

  /// The operator's way to the gateway.
  struct OperatorOptions: ParsableArguments {
    @Option(help: "The operator's token; by default RECSYS_OPERATOR_TOKEN or the running suite's.")
    var token: String?

    func query(_ gateway: GatewayOptions, _ state: StateOptions) throws -> RulesQuery {
      RulesQuery(
        target: gateway.gateway, token: try RulesQuery.token(token, state: state.folder))
    }
  }

  /// Says whether a file of rules is valid and, with a gateway, what it would change.
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Check a file of rules; with --try, say what it would change in slates sent of late.")

    @Option(help: "The file, YAML.") var file: String
    @Flag(name: .customLong("try"), help: "Try the rules at the running gateway; nothing changes.")
    var isTrial = false
    @OptionGroup var options: OperatorOptions
    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var state: StateOptions

    func run() async throws {
      let book = try RulesQuery.read(path: file)
      guard isTrial else {
        return try state.print(
          ["version": book.version, "rules": "\(book.rules.count)"],
          text: "\(book.rules.count) rules, valid; version \(book.version)")
      }
      let response = try await options.query(gateway, state).set(book, validateOnly: true)
      print(state.json ? try response.jsonString() : RulesQuery.text(response))
    }
  }

  /// Puts a file of rules into force.
  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put a file of rules into force, and say what that changes.")

    @Option(help: "The file, YAML.") var file: String
    @OptionGroup var options: OperatorOptions
    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var state: StateOptions

    func run() async throws {
      let book = try RulesQuery.read(path: file)
      let response = try await options.query(gateway, state).set(book, validateOnly: false)
      print(state.json ? try response.jsonString() : RulesQuery.text(response))
    }
  }

  /// Prints the rules in force.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the rules in force.")

    @OptionGroup var options: OperatorOptions
    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var state: StateOptions

    func run() async throws {
      let (response, text) = try await options.query(gateway, state).show()
      print(state.json ? try response.jsonString() : text)
    }
  }
}
