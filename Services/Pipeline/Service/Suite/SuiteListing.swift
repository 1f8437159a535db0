import Foundation

/// Where a running suite can be found: written to its state folder for other commands.
public struct SuiteListing: Codable, Sendable, Equatable {
  /// Where the gateway listens.
  public var gateway: String
  /// Port of each service.
  public var ports: [String: Int]
  /// Process of each service.
  public var processIDs: [String: Int32]

  /// Describes a suite.
  public init(_ suite: Suite) {
    gateway = suite.gatewayTarget
    ports = suite.ports
    processIDs = suite.processIDs
  }

  private static func path(_ state: StateFolder) -> String { state.root + "/suite.json" }

  /// The suite that runs on a state folder; nil when none does.
  public static func read(_ state: StateFolder) -> SuiteListing? {
    guard let data = FileManager.default.contents(atPath: path(state)),
      let listing = try? JSONDecoder().decode(SuiteListing.self, from: data),
      listing.processIDs.values.contains(where: { kill($0, 0) == 0 })
    else { return nil }
    return listing
  }

  /// Leaves the listing in a state folder.
  func write(_ state: StateFolder) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(self).write(
      to: URL(fileURLWithPath: Self.path(state)), options: .atomic)
  }

  /// Takes it away.
  static func remove(_ state: StateFolder) {
    try? FileManager.default.removeItem(atPath: path(state))
  }
}
