import Foundation
import LinearAlgebra
import Models

/// Vectors that alternating least squares learned.
struct LeastSquaresModel: FittedRecommender {
  let settings: LeastSquaresSettings
  let users: FactorTable
  /// Turned to the axes of their Gram matrix.
  let items: FactorTable
  /// α times the eigenvalues of the items' Gram matrix.
  let diagonal: [Float]
  /// How many users took each item: the scores for who took nothing.
  let popularity: [Float]
  let found: [String: SettingValue]

  /// Steps from zero that solve a history as well as the epochs' steps from the last vector do.
  private static let foldInSteps = 8

  func score(
    _ range: Range<Int>, _ asked: AskedHistories,
    into scores: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let target = scores.baseAddress, items.count > 0 else { return }
    if asked.areLearned, settings.halfLife == 0 {
      users.matrix.withUnsafeValues { values in
        guard let values = values.baseAddress else { return }
        items.products(
          with: values + range.lowerBound * users.width, count: range.count, into: target)
      }
    } else {
      let vectors = foldedIn(range, asked.histories)
      items.products(with: vectors, count: range.count, into: target)
    }
    for (place, user) in range.enumerated() where asked.histories.range(user).isEmpty {
      (target + place * items.count).update(from: popularity, count: items.count)
    }
  }

  /// Vectors of users made anew from their histories.
  func foldedIn(_ users: Range<Int>, _ histories: Histories) -> [Float] {
    var starts = [0]
    var columns: [Int32] = []
    var weights: [Float] = []
    var strengths: [Float] = []
    for user in users {
      // Newest first: the newest of a repeated item counts.
      var seen = Set<Int32>()
      var sum: Float = 0
      for item in histories[user].reversed() where seen.insert(item).inserted {
        let weight =
          settings.halfLife > 0 ? exp2(-Float(seen.count - 1) / settings.halfLife) : 1
        guard weight > 1e-3 else { break }
        columns.append(item)
        weights.append(weight)
        sum += weight
      }
      starts.append(columns.count)
      strengths.append(settings.strength(taken: sum, opposite: items.count))
    }
    let rows = RidgeRows(
      starts: starts, columns: columns, weights: settings.halfLife > 0 ? weights : nil,
      strengths: strengths)
    var vectors = [Float](repeating: 0, count: users.count * items.width)
    items.matrix.withUnsafeValues { source in
      vectors.withUnsafeMutableBufferPointer { target in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        rows.descend(
          0..<rows.count, steps: Self.foldInSteps, vectors: source, width: items.width,
          diagonal: diagonal, solutions: target)
      }
    }
    return vectors
  }
}
