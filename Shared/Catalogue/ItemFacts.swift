/// What features need of an item.
public struct ItemFacts: Sendable {
  /// Year of release.
  public var year: Int32?
  /// Price.
  public var price: Double?
  /// Numbers of its categories in the snapshot that it comes from, in the item's order, each once.
  public var categories: ArraySlice<UInt32>
}
