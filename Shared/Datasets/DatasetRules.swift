/// What a source promises of its data; rows that break it are counted and left out.
public struct DatasetRules: Sendable {
  /// When two interactions are the same one.
  public enum Repetition: Sendable {
    /// The same user and item: a rating, of which the last counts.
    case pair
    /// The same user, item, type and time: a log of acts.
    case act
  }

  /// Values outside are dropped.
  public var values: ClosedRange<Double>
  /// Times outside are dropped; Unix milliseconds.
  public var timesMilliseconds: ClosedRange<Int64>
  /// When two interactions are the same one.
  public var repetition: Repetition
  /// Whether the source has a list of items, so that an unlisted item is an orphan.
  public var listsItems: Bool
  /// Whether the source has a list of users.
  public var listsUsers: Bool

  /// Rules; times by default from 1970 to 2100.
  public init(
    values: ClosedRange<Double>,
    timesMilliseconds: ClosedRange<Int64> = 0...4_102_444_800_000,
    repetition: Repetition, listsItems: Bool = false, listsUsers: Bool = false
  ) {
    self.values = values
    self.timesMilliseconds = timesMilliseconds
    self.repetition = repetition
    self.listsItems = listsItems
    self.listsUsers = listsUsers
  }
}
