/// One of the five services: its program, its port, and where others look for it.
public struct SuiteService: Sendable, Hashable {
  /// e.g. "features".
  public let name: String
  /// e.g. "recsys-features".
  public let executable: String
  /// Its usual port; metrics and health pages are on this + 1000.
  public let defaultPort: Int

  /// The five, in the order in which they are started: those that others call come first.
  public static let all = [
    SuiteService(name: "features", executable: "recsys-features", defaultPort: 7072),
    SuiteService(name: "candidates", executable: "recsys-candidates", defaultPort: 7071),
    SuiteService(name: "ranking", executable: "recsys-ranking", defaultPort: 7073),
    SuiteService(name: "explanation", executable: "recsys-explanation", defaultPort: 7074),
    SuiteService(name: "gateway", executable: "recsys-gateway", defaultPort: 7070),
  ]
}
