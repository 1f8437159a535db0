import Foundation

/// The sizes of a two-tower model.
public struct TwoTowerShape: Sendable, Equatable {
  /// Added to a vector's squared length before it is divided by it, while learning and after.
  public static let smallestSquare: Float = 1e-12
  /// Outputs of a tower's layers; the first two are followed by a ReLU.
  public static let layerOutputs = [256, 128, 128]

  /// Number of users.
  public var users: Int
  /// Number of items.
  public var items: Int
  /// Values of an id's vector.
  public var width: Int
  /// Items of a history, the last ones, whose mean goes into the user's tower.
  public var historyLength: Int

  /// Sizes.
  public init(users: Int, items: Int, width: Int, historyLength: Int) {
    self.users = users
    self.items = items
    self.width = width
    self.historyLength = historyLength
  }

  /// A user's own vector, and the mean of those of its items.
  public var userInputs: Int { 2 * width }
  /// An item's own vector, and how popular it is.
  public var itemInputs: Int { width + 1 }

  /// How popular items are, by the logarithm of their users, from 0 to 1.
  public static func popularity(users: [Float]) -> [Float] {
    let logarithms = users.map { log1pf($0) }
    let most = max(logarithms.max() ?? 0, .leastNormalMagnitude)
    return logarithms.map { $0 / most }
  }
}
