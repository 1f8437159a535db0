/// The sources of the policy that serves where nothing else is said, in one place: the gateway's default policy
/// asks these, and the ranker learns from candidates that these found.
public struct StandardSource: Sendable, Equatable {
  /// As Candidates names it.
  public var name: String
  /// How many candidates it is asked for.
  public var quota: Int
  /// Places among the ranked that are its own while it fills them.
  public var reserved: Int
  /// Weight of its ranks in the merged score.
  public var weight: Float
  /// Whether what it finds was drawn by chance: such candidates teach a ranker nothing of retrieval.
  public var isDrawn = false

  /// All of them, in the order of provenance.
  public static let all: [StandardSource] = [
    StandardSource(name: "als", quota: 300, reserved: 200, weight: 1),
    StandardSource(name: "item-to-item", quota: 200, reserved: 50, weight: 0.7),
    StandardSource(name: "co-liked-session", quota: 200, reserved: 100, weight: 1),
    StandardSource(name: "content", quota: 80, reserved: 20, weight: 0.2),
    StandardSource(name: "trending", quota: 100, reserved: 30, weight: 0.3),
    StandardSource(name: "category-popular", quota: 80, reserved: 20, weight: 0.2),
    StandardSource(name: "recent-release", quota: 30, reserved: 10, weight: 0.05),
    StandardSource(name: exploration, quota: 4, reserved: 0, weight: 0, isDrawn: true),
  ]

  /// The source that draws by chance.
  public static let exploration = "exploration"
  /// Most candidates that are ranked.
  public static let candidateLimit = 500
  /// The constant of reciprocal rank fusion.
  public static let fusionConstant: Float = 60
}
