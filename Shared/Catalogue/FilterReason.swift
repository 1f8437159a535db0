/// Why a filter removed an item.
public enum FilterReason: String, Sendable, Hashable, CaseIterable {
  /// The catalogue does not have it.
  case unknownItem = "unknown_item"
  /// The request names it as not wanted.
  case denyList = "deny_list"
  /// The request wants certain items only, and it is not one of them.
  case allowList = "allow_list"
  /// Not yet, or no longer, to be recommended.
  case notAvailable = "not_available"
  /// None of the wanted categories, or one of the unwanted.
  case category
  /// Its year is out of range or unknown.
  case year
  /// Its price is out of range or unknown.
  case price
  /// Another attribute does not match.
  case attribute
}
