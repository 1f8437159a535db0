import Foundation

/// Where a running suite can be found: written to its state folder for other commands.
public struct SuiteListing: Codable, Sendable, Equatable {
  /// Where the gateway listens.
  public var gateway: String
  /// Port of each process.
  public var ports: [String: Int]
  /// Port of each process's metrics and health pages.
  public var sidePorts: [String: Int]?
  /// Id of each process.
  public var processIDs: [String: Int32]
  /// What operators' calls must show; the file that it stands in is for its owner alone.
  public var operatorToken: String?

  /// Describes a suite.
  public init(_ suite: Suite) {
    gateway = suite.gatewayTarget
    ports = suite.ports
    sidePorts = suite.sidePorts
    processIDs = suite.processIDs
    operatorToken = suite.operatorToken
  }

  /// The listing as it may be shown: without the token.
  public var shown: SuiteListing {
    var listing = self
    listing.operatorToken = nil
    return listing
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

  /// Leaves the listing in a state folder, readable by its owner alone from the first moment on.
  func write(_ state: StateFolder) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(self)
    let path = Self.path(state)
    let aside = "\(path).\(getpid())"
    let descriptor = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw PipelineError(.service, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try file.write(contentsOf: data)
    try file.close()
    guard rename(aside, path) == 0 else {
      throw PipelineError(.service, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
  }

  /// Takes it away.
  static func remove(_ state: StateFolder) {
    try? FileManager.default.removeItem(atPath: path(state))
  }
}
