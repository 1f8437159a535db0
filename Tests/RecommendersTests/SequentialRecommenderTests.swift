import Foundation
import LinearAlgebra
import Models
import Testing

@testable import Recommenders

@Suite struct SequentialRecommenderTests {
  @Test func theLatestItemsCountMost() {
    let histories = Histories([[3, 1, 3, 2]], isOrdered: true)
    let items = HistoryWeights(halfLife: 1).items(of: 0, in: histories)
    #expect(items.map(\.item) == [2, 3, 1])
    #expect(items.map(\.weight) == [1, 0.5, 0.25])
    let all = HistoryWeights(halfLife: nil).items(of: 0, in: histories)
    #expect(all.map(\.item) == [1, 2, 3] && all.allSatisfy { $0.weight == 1 })
  }

  /// The closed sums against prefixes that are written down one by one.
  @Test(arguments: [(1.0, 1.0), (2.5, 0.4), (3, 5), (1e6, 1e6)])
  func sumsOverPrefixesAgreeWithCounting(_ halfLife: Double, _ reach: Double) throws {
    let feedback = try Feedback(
      histories: Histories([[0, 1, 2, 0, 3], [2, 1], [3], [], [1, 1, 0]], isOrdered: true),
      itemCount: 4)
    let users: [Float] = [1, 2, 3, 4, 0.5]
    let counts = TransitionCounts(
      feedback, userWeights: users, halfLife: halfLife, reach: reach)
    var past = [[Double]](repeating: [0, 0, 0, 0], count: 4)
    var ahead = past
    for user in 0..<5 {
      let items = Array(feedback.histories[user])
      for end in items.indices.dropLast() {
        var (source, target) = ([0.0, 0, 0, 0], [0.0, 0, 0, 0])
        for place in 0...end { source[Int(items[place])] += exp2(Double(place - end) / halfLife) }
        for place in end + 1..<items.count {
          target[Int(items[place])] += exp2(Double(end + 1 - place) / reach)
        }
        for row in 0..<4 {
          for column in 0..<4 {
            past[row][column] += Double(users[user]) * source[row] * source[column]
            ahead[row][column] += Double(users[user]) * source[row] * target[column]
          }
        }
      }
    }
    for item in 0..<4 {
      var row = [Float](repeating: 0, count: 4)
      counts.addPast(ofItem: item, scale: 1, to: &row)
      var next = [Float](repeating: 0, count: 4)
      counts.forEachAhead(ofItem: item) { next[Int($0)] += $1 }
      for column in 0..<4 {
        #expect(abs(Double(row[column]) - past[item][column]) < 2e-2)
        #expect(abs(Double(next[column]) - ahead[item][column]) < 2e-3)
      }
    }
  }

  /// A sparse and a dense right side: two ways to the same product.
  @Test(arguments: [false, true])
  func closedFormSolvesTheProblemWithAZeroDiagonal(_ isDense: Bool) throws {
    let size = 30
    let feedback = try RandomFeedback.make(users: 100, items: size, perUser: 8, seed: 3)
    var matrix = Matrix(rows: size, columns: size)
    ItemGram.add(
      feedback, userWeights: [Float](repeating: 1, count: 100), scale: 1, to: &matrix, threads: 2)
    for item in 0..<size { matrix[item, item] += 4 }
    try ItemGram.invert(&matrix, context: FitContext(threads: 2))
    var (rows, columns, weights): ([Int32], [Int32], [Float]) = ([], [], [])
    for row in 0..<size {
      for column in 0..<size where (row + column) % (isDense ? 3 : 100) == 1 {
        rows.append(Int32(row))
        columns.append(Int32(column))
        weights.append(Float(row + 2 * column) / 10)
      }
    }
    check(
      matrix,
      SparseRows(
        rows: rows, columns: columns, weights: weights, rowCount: size, columnCount: size))
  }

  private func check(_ inverse: Matrix, _ aims: SparseRows) {
    let size = 30
    var solved = inverse
    let factors: [Float] = (0..<size).map { 1 + Float($0) / 10 }
    ClosedForm.solve(inverse: &solved, aims: aims, factors: factors, threads: 2)
    var aim = [[Float]](repeating: [Float](repeating: 0, count: size), count: size)
    for row in 0..<size {
      for entry in aims.range(row) { aim[row][Int(aims.columns[entry])] = aims.values[entry] }
    }
    var largest: Float = 0
    for column in 0..<size {
      var plain = [Float](repeating: 0, count: size)
      for row in 0..<size {
        for place in 0..<size { plain[row] += inverse[row, place] * aim[place][column] }
      }
      let share = plain[column] / inverse[column, column]
      for row in 0..<size {
        plain[row] = (plain[row] - share * inverse[row, column]) * factors[column]
      }
      for row in 0..<size { largest = max(largest, abs(plain[row] - solved[row, column])) }
      #expect(solved[column, column] == 0)
    }
    #expect(largest < 1e-3)
  }

  @Test func sequencesByHand() throws {
    let feedback = try Feedback(
      histories: Histories([[0, 1, 2], [0, 1]], isOrdered: true), itemCount: 4)
    let values = try SettingValues(
      SequenceKNNRecommender.settings, shape: feedback.shape,
      replacing: [
        "reach": "1", "backward": "0.25", "users-exponent": "0", "source-exponent": "0",
        "target-exponent": "1", "shrinkage": "1", "half-life": "1",
      ])
    let model = try SequenceKNNRecommender(values).fit(feedback, context: FitContext(threads: 2))
    let rows = try FittedScores.all(
      model, AskedHistories(Histories([[0], [0, 1]], isOrdered: true), areLearned: false),
      itemCount: 4)
    // Item 1 came right after 0 twice, and has two users; item 2 came two after it once.
    #expect(abs(rows[0][1] - 2 / 3.0) < 1e-6)
    #expect(abs(rows[0][2] - 0.5 / 2) < 1e-6)
    // Item 1 counts whole, item 0 half; item 2 came right after 1; item 0 twice before it.
    #expect(abs(rows[1][2] - (0.5 + 0.5 * 0.25)) < 1e-6)
    #expect(abs(rows[1][0] - 0.25 * 2 / 3) < 1e-6)
  }

  @Test func theOrderIsLearned() throws {
    // Who takes 2k takes 2k + 1 next.
    let lists: [[Int32]] = (0..<60).map { user -> [Int32] in
      (0..<3).flatMap { step -> [Int32] in
        let pair = Int32((user + step * 7) % 10)
        return [2 * pair, 2 * pair + 1]
      }
    }
    let feedback = try Feedback(histories: Histories(lists, isOrdered: true), itemCount: 20)
    for kind in [SLISTRecommender.self, SequenceKNNRecommender.self] as [any Recommender.Type] {
      let values = try SettingValues(
        kind.settings, shape: feedback.shape,
        replacing: ["half-life": "0.5", "reach": "0.3", "users-exponent": "0"])
      let model = try kind.init(values).fit(feedback, context: FitContext(threads: 2))
      let rows = try FittedScores.all(
        model, AskedHistories(Histories([[5, 8]], isOrdered: true), areLearned: false),
        itemCount: 20)
      let best = rows[0].indices.filter { $0 != 5 && $0 != 8 }.max { rows[0][$0] < rows[0][$1] }
      #expect(best == 9)
    }
  }

  @Test func historiesWithoutOrderAreRefused() throws {
    let feedback = try Feedback(histories: Histories([[0, 1]], isOrdered: false), itemCount: 2)
    for kind in [SLISTRecommender.self, SequenceKNNRecommender.self] as [any Recommender.Type] {
      let values = try SettingValues(kind.settings, shape: feedback.shape)
      #expect(throws: RecommenderError.self) {
        try kind.init(values).fit(feedback, context: FitContext())
      }
    }
  }
}
