/// An item in flight.
public protocol PipelineCandidate: Sendable {
  associatedtype ID: Hashable & Sendable
  /// Tells candidates apart.
  var id: ID { get }
  /// Higher is better. The merger sets it first, each scorer anew.
  var score: Float { get set }

  // What the frame does with whole lists. The defaults are right for every type. They are requirements so that
  // they are compiled beside the type: a loop over a generic candidate, compiled here, was measured to be ten
  // times dearer (it was 40 % of a gateway's time).

  /// Best first: higher scores before lower, finite ones before all that are not. Equals stay in the order that
  /// they had: that of the score before, and in the end that of the merger, which breaks its ties by id.
  static func sortBestFirst(_ candidates: inout [Self])
  /// Sets the scores, one for each candidate.
  static func setScores(_ scores: [Float], of candidates: inout [Self])
  /// Whether two lists have the same candidates in the same order.
  static func isSameOrder(_ left: [Self], _ right: [Self]) -> Bool
  /// Whether no candidate is in the list twice.
  static func isEachOnce(_ candidates: [Self]) -> Bool
  /// Whether the selected are some of the given, each once.
  static func isPicked(_ selected: [Self], from given: [Self]) -> Bool
  /// Whether kept and removed together are what was given, the kept ones in its order.
  static func isParted(_ given: [Self], into result: Filtered<Self>) -> Bool
}

extension PipelineCandidate {
  /// Complexity: O(n log n); O(n) where they are sorted already.
  @inlinable
  public static func sortBestFirst(_ candidates: inout [Self]) {
    var isSorted = true
    for index in candidates.indices.dropFirst()
    where precedes(candidates[index], candidates[index - 1]) {
      isSorted = false
      break
    }
    if !isSorted { candidates.sort(by: precedes) }
  }

  @inlinable
  static func precedes(_ left: Self, _ right: Self) -> Bool {
    let (first, second) = (left.score, right.score)
    return first.isFinite ? !second.isFinite || first > second : false
  }

  /// Complexity: O(n).
  @inlinable
  public static func setScores(_ scores: [Float], of candidates: inout [Self]) {
    for index in candidates.indices { candidates[index].score = scores[index] }
  }

  /// Complexity: O(n).
  @inlinable
  public static func isSameOrder(_ left: [Self], _ right: [Self]) -> Bool {
    guard left.count == right.count else { return false }
    for index in left.indices where left[index].id != right[index].id { return false }
    return true
  }

  /// Complexity: O(n) expected.
  @inlinable
  public static func isEachOnce(_ candidates: [Self]) -> Bool {
    var known = Set<ID>(minimumCapacity: candidates.count)
    for candidate in candidates where !known.insert(candidate.id).inserted { return false }
    return true
  }

  /// Complexity: O(n) expected.
  @inlinable
  public static func isPicked(_ selected: [Self], from given: [Self]) -> Bool {
    var wanted = Set<ID>(minimumCapacity: selected.count)
    for candidate in selected where !wanted.insert(candidate.id).inserted { return false }
    var found = 0
    for candidate in given where wanted.contains(candidate.id) { found += 1 }
    return found >= wanted.count
  }

  /// Complexity: O(n) expected.
  @inlinable
  public static func isParted(_ given: [Self], into result: Filtered<Self>) -> Bool {
    guard result.kept.count + result.removed.count == given.count else { return false }
    if result.removed.isEmpty { return isSameOrder(given, result.kept) }
    var gone = Set<ID>(minimumCapacity: result.removed.count)
    for removal in result.removed where !gone.insert(removal.candidate.id).inserted { return false }
    var place = 0
    for candidate in given where !gone.contains(candidate.id) {
      guard place < result.kept.count, result.kept[place].id == candidate.id else { return false }
      place += 1
    }
    return place == result.kept.count
  }
}
