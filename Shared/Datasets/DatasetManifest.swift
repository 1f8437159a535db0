/// What a stored dataset is, in a form that people and machines read.
public struct DatasetManifest: Codable, Sendable, Equatable {
  /// The layout's version.
  public var formatVersion: Int
  /// e.g. `ml-1m`.
  public var name: String
  /// Number of users.
  public var users: Int
  /// Number of items.
  public var items: Int
  /// Number of interactions.
  public var interactions: Int
  /// How many of them are held out, for tests or validation.
  public var heldOut: Int
  /// Number of logged impressions.
  public var impressions: Int
  /// Time of the first interaction, Unix milliseconds.
  public var firstMilliseconds: Int64
  /// Time of the last interaction, Unix milliseconds.
  public var lastMilliseconds: Int64
  /// ``Dataset/fingerprint`` in hexadecimal.
  public var fingerprint: String
  /// How interactions were held out, if they were.
  public var split: DatasetSplit?

  /// Describes a dataset.
  public init(_ dataset: Dataset, split: DatasetSplit?) {
    formatVersion = DatasetStore.formatVersion
    name = dataset.name
    users = dataset.users.count
    items = dataset.items.count
    interactions = dataset.interactions.count
    heldOut = dataset.interactions.heldOut.count { $0 != 0 }
    impressions = dataset.impressions.count
    firstMilliseconds = dataset.interactions.timesMilliseconds.first ?? 0
    lastMilliseconds = dataset.interactions.timesMilliseconds.last ?? 0
    let digits = String(dataset.fingerprint, radix: 16)
    fingerprint = String(repeating: "0", count: 16 - digits.count) + digits
    self.split = split
  }
}
