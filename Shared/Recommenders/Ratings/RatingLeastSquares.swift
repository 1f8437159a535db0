import LinearAlgebra
import RecommendationCore

/// Biased matrix factorisation by alternating least squares.
///
/// Each row's factors and bias are solved together: the bias is the weight of a factor that is 1 on the other
/// side. O(ratings · factors² + rows · factors³) a pass; equal results with any number of threads.
struct RatingLeastSquares {
  private let table: RatingTable
  private let options: FactorOptions
  private let parallel: ParallelRows
  private var users: SideOfRatings
  private var items: SideOfRatings

  init(_ table: RatingTable, options: FactorOptions, seed: UInt64, threads: Int?) {
    self.table = table
    self.options = options
    parallel = ParallelRows(threads: threads, blockSize: 16)
    users = SideOfRatings(rows: table.userCount, factors: options.factors)
    items = SideOfRatings(rows: table.itemCount, factors: options.factors)
    var normal = NormalSource(seed: seed)
    let spread = 0.1 / Float(max(1, options.factors)).squareRoot()
    for index in items.factors.indices { items.factors[index] = spread * normal.next() }
  }

  /// Users by items, then items by users; the mean squared error after.
  mutating func pass() -> Double {
    let table = table
    solve(&users, by: items, starts: table.userStarts) { ($0, Int(table.items[$0])) }
    solve(&items, by: users, starts: table.itemStarts) {
      (Int(table.byItem[$0]), Int(table.users[Int(table.byItem[$0])]))
    }
    return squaredError()
  }

  /// What is learned by now.
  func model() -> FactorRatings {
    let width = options.factors
    let userFactors =
      Matrix(rows: table.userCount, columns: width, values: users.factors)
      ?? Matrix(rows: table.userCount, columns: width)
    return FactorRatings(
      mean: table.mean, userBiases: users.biases, itemBiases: items.biases,
      userFactors: userFactors,
      itemFactors: Matrix(rows: table.itemCount, columns: width, values: items.factors)
        ?? Matrix(rows: table.itemCount, columns: width),
      implicit: nil, composedUsers: userFactors, range: table.range)
  }

  /// The best factors and bias of every row for the other side's.
  ///
  /// - Parameter entry: the place of a rating and the other side's row, of each place of the row's range.
  private func solve(
    _ side: inout SideOfRatings, by other: SideOfRatings, starts: [Int],
    _ entry: @escaping @Sendable (Int) -> (place: Int, other: Int)
  ) {
    let width = options.factors
    let (table, options) = (table, options)
    let rows = starts.count - 1
    side.withUnsafeParts { factors, biases in
      // Each thread writes to its own rows only.
      nonisolated(unsafe) let (factors, biases) = (factors, biases)
      parallel.run(count: rows) { _, block in
        var system = RowSystem(width: width + 1)
        for row in block {
          let range = starts[row]..<starts[row + 1]
          system.clear()
          for index in range {
            let (place, column) = entry(index)
            let vector = other.factors[(column * width)..<((column + 1) * width)]
            system.add(vector, target: table.values[place] - table.mean - other.biases[column])
          }
          let weight = options.regularization * Float(max(1, range.count))
          let solution = system.solution(
            penalty: weight, lastPenalty: options.biasRegularization)
          for factor in 0..<width { factors[row * width + factor] = solution[factor] }
          biases[row] = solution[width]
        }
      }
    }
  }

  private func squaredError() -> Double {
    let width = options.factors
    var sum = 0.0
    for place in 0..<table.count {
      let (user, item) = (Int(table.users[place]), Int(table.items[place]))
      var guess = table.mean + users.biases[user] + items.biases[item]
      for factor in 0..<width {
        guess += users.factors[user * width + factor] * items.factors[item * width + factor]
      }
      let error = Double(table.values[place] - guess)
      sum += error * error
    }
    return sum / Double(table.count)
  }
}

/// Factors and biases of the users, or of the items.
private struct SideOfRatings: Sendable {
  var factors: [Float]
  var biases: [Float]

  init(rows: Int, factors: Int) {
    self.factors = [Float](repeating: 0, count: rows * factors)
    biases = [Float](repeating: 0, count: rows)
  }

  mutating func withUnsafeParts(
    _ body: (UnsafeMutableBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    factors.withUnsafeMutableBufferPointer { factors in
      biases.withUnsafeMutableBufferPointer { biases in body(factors, biases) }
    }
  }
}

/// The normal equations of one row: the last unknown is the bias.
private struct RowSystem {
  private let width: Int
  private var matrix: [Float]
  private var right: [Float]
  private var row: [Float]

  init(width: Int) {
    self.width = width
    matrix = [Float](repeating: 0, count: width * width)
    right = [Float](repeating: 0, count: width)
    row = [Float](repeating: 1, count: width)
  }

  mutating func clear() {
    for index in matrix.indices { matrix[index] = 0 }
    for index in right.indices { right[index] = 0 }
  }

  /// A rating: what it is beyond the other side's bias, and the other side's factors.
  mutating func add(_ vector: ArraySlice<Float>, target: Float) {
    for (index, value) in vector.enumerated() { row[index] = value }
    for first in 0..<width {
      right[first] += row[first] * target
      let value = row[first]
      for second in first..<width { matrix[first * width + second] += value * row[second] }
    }
  }

  /// The solution with penalties on the diagonal; zeros where there is none.
  mutating func solution(penalty: Float, lastPenalty: Float) -> [Float] {
    for index in 0..<width {
      // A little more than nothing keeps a row without penalty solvable.
      matrix[index * (width + 1)] += max(1e-4, index == width - 1 ? lastPenalty : penalty)
    }
    let width = width
    let isSolved = matrix.withUnsafeMutableBufferPointer { matrix in
      right.withUnsafeMutableBufferPointer { right in
        guard let matrix = matrix.baseAddress, let right = right.baseAddress,
          Kernels.factorize(matrix, size: width)
        else { return false }
        Kernels.solve(matrix, size: width, rightHandSides: right)
        return true
      }
    }
    return isSolved ? right : [Float](repeating: 0, count: width)
  }
}
