/// One of the five services: its program, its port, and where others look for it.
public struct SuiteService: Sendable, Hashable {
  /// e.g. "features".
  public let name: String
  /// e.g. "recsys-features".
  public let executable: String
  /// Its usual port; metrics and health pages are on this + 1000.
  public let defaultPort: Int

  /// The five, in the order in which they are started: a wave begins when the one before it serves, so that
  /// nobody meets a closed door and waits out a connection's back-off.
  public static let waves = [
    [SuiteService(name: "features", executable: "recsys-features", defaultPort: 7072)],
    [
      SuiteService(name: "candidates", executable: "recsys-candidates", defaultPort: 7071),
      SuiteService(name: "ranking", executable: "recsys-ranking", defaultPort: 7073),
      SuiteService(name: "explanation", executable: "recsys-explanation", defaultPort: 7074),
    ],
    [SuiteService(name: "gateway", executable: "recsys-gateway", defaultPort: 7070)],
  ]
}
