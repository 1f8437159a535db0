import LinearAlgebra
import RecommendationCore

/// The best neighbours of each item, worked out beforehand: an item-to-item model (Linden, Smith, York 2003;
/// Deshpande and Karypis 2004).
///
/// What "near" means is the fitting's: liked by the same people (``fit(_:configuration:)``), or liked soon
/// afterwards (``fitSequence(users:items:weights:timesMilliseconds:configuration:)``).
public struct ItemNeighbours: Sendable {
  /// Which notion of nearness a model holds, and so its bundle kind.
  public enum Relation: String, Sendable, CaseIterable {
    /// Liked by the same people.
    case coLiked = "item-to-item"
    /// Liked soon after, by the same person.
    case followed = "item-sequence"
  }

  /// Which notion of nearness it is.
  public let relation: Relation
  /// The items and their rows.
  public let items: ItemRows
  /// Row r's neighbours are those of `starts[r] ..< starts[r + 1]`, best first.
  public let starts: [Int32]
  /// Rows of neighbours.
  public let neighbours: [Int32]
  /// How near each is; above zero.
  public let similarities: [Float]
  /// How it was fitted, and how it reads a history.
  public var configuration: ItemNeighboursConfiguration
  private let scratch = RowSumsPool()

  /// A model from its parts.
  ///
  /// - Throws: ``ModelError/Code/malformed`` when they do not fit each other.
  public init(
    relation: Relation, items: ItemRows, starts: [Int32], neighbours: [Int32],
    similarities: [Float], configuration: ItemNeighboursConfiguration
  ) throws {
    try configuration.validate()
    let bound = Int32(truncatingIfNeeded: items.count)
    guard starts.count == items.count + 1, starts.first == 0,
      starts.last == Int32(truncatingIfNeeded: neighbours.count),
      neighbours.count == similarities.count,
      zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 }),
      neighbours.allSatisfy({ (0..<bound).contains($0) }),
      similarities.allSatisfy({ $0 > 0 && $0.isFinite })
    else { throw ModelError(.malformed, "a table of neighbours that does not fit its items") }
    self.relation = relation
    self.items = items
    self.starts = starts
    self.neighbours = neighbours
    self.similarities = similarities
    self.configuration = configuration
  }

  /// The neighbours of an item, best first; empty when the model does not know it.
  public func neighbours(of item: ItemID) -> [(item: ItemID, similarity: Float)] {
    guard let row = items.row(of: item) else { return [] }
    return (Int(starts[row])..<Int(starts[row + 1])).map {
      (items.ids[Int(neighbours[$0])], similarities[$0])
    }
  }

  /// The items nearest to what was liked of late: the sum over the newest liked entries of weight, fading
  /// by place, times similarity.
  ///
  /// - Parameters:
  ///   - history: newest first; entries without a positive weight do not count.
  ///   - allowed: whether a row may be found.
  /// - Complexity: O(entries × neighbours + found).
  public func nearest(
    to history: History, count: Int, allowed: (Int) -> Bool
  ) -> RankedRows {
    nearest(to: history, rows: items.rows(of: history.items), count: count, allowed: allowed)
  }

  /// The same for a history whose items have been looked up.
  ///
  /// - Parameter rows: those of the history's items, see ``ItemRows/rows(of:)``.
  public func nearest(
    to history: History, rows: [Int32], count: Int, allowed: (Int) -> Bool
  ) -> RankedRows {
    var result = RankedRows()
    let sums = scratch.take(rowCount: items.count)
    defer {
      sums.clear()
      scratch.give(sums)
    }
    var lists: [(places: Range<Int>, weight: Float)] = []
    for index in 0..<history.count {
      guard rows[index] >= 0 else {
        result.missing.append(history.items[index])
        continue
      }
      let weight = history.weights[index]
      guard weight > 0, weight.isFinite, result.usedEntries < configuration.historyEntries else {
        continue
      }
      let faded = weight * configuration.fading(newerEntries: result.usedEntries)
      result.usedEntries += 1
      let row = Int(rows[index])
      let places = Int(starts[row])..<Int(starts[row + 1])
      sums.fetch(similarities[places], neighbours[places])
      lists.append((places, faded))
    }
    for list in lists {
      sums.add(similarities[list.places], times: list.weight, rows: neighbours[list.places])
    }
    (result.rows, result.scores) = sums.best(count, allowed: allowed)
    return result
  }
}
