import Foundation

/// Settings of ``ItemNeighbours``.
public struct ItemNeighboursConfiguration: Sendable, Equatable {
  /// Neighbours kept of each item.
  public var neighbourCount: Int
  /// Significance shrinkage λ: what n acts say counts n / (n + λ), so that two people who agree by accident
  /// do not make two items alike (Bell and Koren 2007).
  public var shrinkage: Float
  /// How far a neighbour's own popularity counts against it, 0 to 1; the rest, up to 1, is the item's. A half
  /// is the cosine.
  public var popularityExponent: Float
  /// Of a sequence: how many later entries follow an item.
  public var window: Int
  /// Entries of one user that are looked at in fitting, evenly spread; bounds the work of heavy users.
  public var entriesPerUser: Int
  /// The newest liked entries of a history that are looked at.
  public var historyEntries: Int
  /// How fast they fade: an entry with so many newer ones counts half; 0: all alike.
  public var historyHalfLife: Float

  /// Settings.
  public init(
    neighbourCount: Int = 100, shrinkage: Float = 10, popularityExponent: Float = 0.5,
    window: Int = 20, entriesPerUser: Int = 500, historyEntries: Int = 50,
    historyHalfLife: Float = 5
  ) {
    self.neighbourCount = neighbourCount
    self.shrinkage = shrinkage
    self.popularityExponent = popularityExponent
    self.window = window
    self.entriesPerUser = entriesPerUser
    self.historyEntries = historyEntries
    self.historyHalfLife = historyHalfLife
  }

  /// Settings for neighbours that are liked by the same people.
  public static let coLiked = ItemNeighboursConfiguration()

  /// Settings for neighbours that are liked soon after. Chosen on the training parts of ml-1m and of a
  /// generated world, by what came at their ends.
  public static let followed = ItemNeighboursConfiguration(
    shrinkage: 5, popularityExponent: 0.3, historyEntries: 20)

  /// What is left of an entry's weight that has so many newer ones.
  func fading(newerEntries: Int) -> Float {
    historyHalfLife > 0 ? exp2f(-Float(newerEntries) / historyHalfLife) : 1
  }

  /// - Throws: ``ModelError/Code/invalidArgument`` when a setting is out of its range.
  func validate() throws {
    guard (1...10_000).contains(neighbourCount), shrinkage >= 0, shrinkage.isFinite,
      (0...1).contains(popularityExponent), (1...1_000).contains(window), entriesPerUser > 1,
      historyEntries > 0, historyHalfLife >= 0, historyHalfLife.isFinite
    else {
      throw ModelError(
        .invalidArgument,
        "neighbours 1 to 10000, shrinkage ≥ 0, exponent 0 to 1, window 1 to 1000, entries > 0, half-life ≥ 0 wanted"
      )
    }
  }

  /// The settings as a manifest holds them.
  var parameters: [String: String] {
    [
      "neighbour_count": "\(neighbourCount)", "shrinkage": "\(shrinkage)",
      "popularity_exponent": "\(popularityExponent)", "window": "\(window)",
      "entries_per_user": "\(entriesPerUser)", "history_entries": "\(historyEntries)",
      "history_half_life": "\(historyHalfLife)",
    ]
  }

  /// Settings from a manifest.
  ///
  /// - Throws: ``ModelError/Code/malformed`` when one is missing or not a number.
  init(parameters: [String: String]) throws {
    func value<Value: LosslessStringConvertible>(_ key: String) throws -> Value {
      guard let value = parameters[key].flatMap(Value.init) else {
        throw ModelError(.malformed, "parameter \(key) is missing or not a number")
      }
      return value
    }
    self.init(
      neighbourCount: try value("neighbour_count"), shrinkage: try value("shrinkage"),
      popularityExponent: try value("popularity_exponent"), window: try value("window"),
      entriesPerUser: try value("entries_per_user"), historyEntries: try value("history_entries"),
      historyHalfLife: try value("history_half_life"))
  }
}
