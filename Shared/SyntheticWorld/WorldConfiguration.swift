import RecommendationCore

/// How large a world is, and which one.
public struct WorldConfiguration: Sendable, Codable, Equatable {
  /// Equal seeds make equal worlds, byte for byte.
  public var seed: UInt64
  /// Number of items.
  public var items: Int
  /// Number of users.
  public var users: Int
  /// Days of sessions.
  public var days: Int
  /// Sessions of the average user in that time.
  public var sessionsPerUser: Double
  /// Items shown a session.
  public var impressionsPerSession: Int
  /// Width and height of an item's picture in pixels; 0 draws none.
  public var imagePixels: Int

  /// A world of 12,000 items and 20,000 users.
  public static let full = WorldConfiguration(items: 12_000, users: 20_000)
  /// A world of 1,500 items and 1,500 users, for a first look and for tests.
  public static let small = WorldConfiguration(items: 1_500, users: 1_500)

  /// When the first day begins: 2025-01-01 00:00 UTC.
  public static let startMilliseconds: Int64 = 1_735_689_600_000

  /// A world's size.
  public init(
    seed: UInt64 = 1, items: Int, users: Int, days: Int = 60, sessionsPerUser: Double = 12,
    impressionsPerSession: Int = 16, imagePixels: Int = 64
  ) {
    self.seed = seed
    self.items = items
    self.users = users
    self.days = days
    self.sessionsPerUser = sessionsPerUser
    self.impressionsPerSession = impressionsPerSession
    self.imagePixels = imagePixels
  }

  /// A generator for one part of the world, independent of all others and of the order of work.
  func generator(_ part: String, _ index: Int = 0) -> SeededGenerator {
    var hash = StableHash()
    hash.combine(part)
    hash.combine(seed)
    hash.combine(UInt64(bitPattern: Int64(index)))
    return SeededGenerator(seed: hash.finalized())
  }
}
