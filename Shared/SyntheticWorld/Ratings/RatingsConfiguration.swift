import Datasets

/// How many ratings to make, of how many users on how many items.
///
/// The shape is that of MovieLens: few users rate very much, and an item's popularity follows Zipf's law with
/// Mandelbrot's shift, `p(rank) ~ 1 / (rank + shift)^exponent`.
public struct RatingsConfiguration: Sendable, Equatable {
  /// Equal seeds make equal files, whatever the number of cores.
  public var seed: UInt64
  /// Ratings in all; exactly so many are made.
  public var rows: Int
  /// Users; each has a rating at least.
  public var users: Int
  /// Items that may be rated.
  public var items: Int
  /// How steeply popularity falls with rank; 0: all items are alike.
  public var exponent: Double
  /// Flattens the head: without it the first items would be rated by almost everybody.
  public var shift: Double

  /// A plan; by default the size of MovieLens-25M.
  public init(
    seed: UInt64 = 1, rows: Int = 25_000_000, users: Int = 162_000, items: Int = 62_000,
    exponent: Double = 1, shift: Double = 20
  ) {
    self.seed = seed
    self.rows = rows
    self.users = users
    self.items = items
    self.exponent = exponent
    self.shift = shift
  }

  /// At most so many ratings a user: half of the items, so that a draw without repeats ends soon.
  var userLimit: Int { max(1, items / 2) }

  /// Refuses what cannot be made.
  ///
  /// - Throws: ``Datasets/DatasetError`` with what would be possible.
  public func check() throws {
    func refuse(_ text: String) -> DatasetError { DatasetError(.validation, text) }
    guard (1...10_000_000).contains(users), (1...5_000_000).contains(items) else {
      throw refuse("there may be 1 to 10,000,000 users and 1 to 5,000,000 items")
    }
    guard rows >= users, rows <= Int(Int32.max), rows <= users * userLimit else {
      throw refuse(
        "\(rows) ratings do not fit: each of \(users) users has 1 to \(userLimit) (half of the items)"
      )
    }
    guard exponent.isFinite, (0...4).contains(exponent), shift.isFinite, (0...1e6).contains(shift)
    else { throw refuse("the exponent lies in 0 to 4, the shift in 0 to 1,000,000") }
  }
}
