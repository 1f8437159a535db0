extension Array where Element: Hashable {
  /// The first of each value, in order.
  public func withoutRepeats() -> [Element] {
    var known = Set<Element>()
    return filter { known.insert($0).inserted }
  }
}
