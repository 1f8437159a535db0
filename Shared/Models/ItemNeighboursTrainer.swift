import Foundation
import LinearAlgebra
import RecommendationCore
import Synchronization

extension ItemNeighbours {
  /// Neighbours that are liked by the same people: the cosine of the items' columns of who liked them,
  /// shrunk by how many did.
  ///
  /// O(Σ over users of entries²) at most `entriesPerUser`² a user, on all cores.
  public static func fit(
    _ interactions: Interactions,
    configuration: ItemNeighboursConfiguration = .coLiked
  ) throws -> ItemNeighbours {
    try configuration.validate()
    let users = SpreadRows(interactions.byUser, limit: configuration.entriesPerUser)
    let byItem = users.rows.transposed()
    let popularity = (0..<byItem.rowCount).map { Float(byItem.range($0).count) }
    return try collect(.coLiked, interactions.itemIDs, configuration, popularity) { item, sums in
      for user in byItem.columns(ofRow: item) {
        for other in users.rows.columns(ofRow: Int(user)) where Int(other) != item {
          sums.add(1, row: other)
        }
      }
    }
  }

  /// Neighbours that are liked soon after: how often an item is among the next `window` that its liker
  /// likes. Columns are parallel; several acts of one user with one item count once, at the time of the last.
  ///
  /// O(acts × window), on all cores.
  public static func fitSequence(
    users: [UserID], items: [ItemID], weights: [Float], timesMilliseconds: [Int64],
    configuration: ItemNeighboursConfiguration = .followed
  ) throws -> ItemNeighbours {
    try configuration.validate()
    guard users.count == items.count, users.count == weights.count,
      users.count == timesMilliseconds.count
    else { throw ModelError(.invalidArgument, "columns of different lengths") }
    let sequences = LikedSequences(
      users: users, items: items, weights: weights, timesMilliseconds: timesMilliseconds)
    let popularity = sequences.occurrences.map { Float($0.count) }
    return try collect(.followed, sequences.items, configuration, popularity) { item, sums in
      for place in sequences.occurrences[item] {
        let end = min(place.end, place.index + 1 + configuration.window)
        for index in (place.index + 1)..<max(end, place.index + 1) {
          sums.add(1, row: sequences.rows[index])
        }
      }
    }
  }

  /// Turns counts of meetings into the best neighbours of each item.
  private static func collect(
    _ relation: Relation, _ ids: [ItemID], _ configuration: ItemNeighboursConfiguration,
    _ popularity: [Float],
    _ count: @Sendable (_ item: Int, _ sums: RowSums) -> Void
  ) throws -> ItemNeighbours {
    let found = Mutex<[(rows: [Int32], scores: [Float])]>(
      [(rows: [Int32], scores: [Float])](repeating: ([], []), count: ids.count))
    let own = popularity.map { powf(max($0, 1), configuration.popularityExponent - 1) }
    let others = popularity.map { powf(max($0, 1), -configuration.popularityExponent) }
    ParallelRows(blockSize: 32).run(count: ids.count) { _, range in
      let sums = RowSums(rowCount: ids.count)
      let selector = TopKSelector(capacity: configuration.neighbourCount)
      for item in range {
        count(item, sums)
        for row in sums.touched {
          let met = sums[row]
          let similarity =
            met * own[item] * others[Int(row)] * (met / (met + configuration.shrinkage))
          selector.offer(similarity, row: row)
        }
        sums.clear()
        let best = selector.drained()
        found.withLock { $0[item] = best }
      }
    }
    let lists = found.withLock { $0 }
    var starts: [Int32] = [0]
    for list in lists { starts.append(starts[starts.count - 1] + Int32(list.rows.count)) }
    return try ItemNeighbours(
      relation: relation, items: ItemRows(sorted: ids), starts: starts,
      neighbours: lists.flatMap(\.rows), similarities: lists.flatMap(\.scores),
      configuration: configuration)
  }
}

/// The rows of a sparse matrix, each cut to so many entries that are spread evenly over it.
private struct SpreadRows {
  let rows: SparseRows

  init(_ all: SparseRows, limit: Int) {
    guard (0..<all.rowCount).contains(where: { all.range($0).count > limit }) else {
      rows = all
      return
    }
    var starts = [0]
    var columns: [Int32] = []
    for row in 0..<all.rowCount {
      let range = all.range(row)
      let kept = min(range.count, limit)
      for index in 0..<kept {
        columns.append(all.columns[range.lowerBound + index * range.count / kept])
      }
      starts.append(columns.count)
    }
    rows = SparseRows(
      starts: starts, columns: columns, values: [Float](repeating: 1, count: columns.count),
      columnCount: all.columnCount)
  }
}
