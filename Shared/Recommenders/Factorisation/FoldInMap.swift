import LinearAlgebra

/// Makes users' vectors from histories.
protocol FoldIn: Sendable {
  /// The vectors of some users, one after the other.
  ///
  /// - Parameter items: the vectors that scores are made with.
  func vectors(_ users: Range<Int>, _ histories: Histories, items: FactorTable) -> [Float]
}

/// The mean of the history's vectors in a table.
struct FoldInMean: FoldIn {
  let vectors: FactorTable

  func vectors(_ users: Range<Int>, _ histories: Histories, items: FactorTable) -> [Float] {
    vectors.means(users, histories)
  }
}

/// Makes users' vectors from histories: a linear map from the mean of a history's item vectors to the vector
/// that was learned, fitted by ridge regression over the learned users.
struct FoldInMap: FoldIn {
  /// `width × width`, a row for each value of the mean.
  private let map: Matrix

  /// Fits. O(pairs · width + users · width² + width³).
  init(users: FactorTable, items: FactorTable, histories: Histories, threads: Int?) throws {
    let width = items.width
    let means = items.meanTable(histories, threads: threads)
    var system = means.gram()
    var map = Matrix(rows: width, columns: width)
    // Enough against means that hardly vary, little beside those that do.
    let trace = (0..<width).reduce(Float(0)) { $0 + system[$1, $1] }
    let strength = max(1e-6, 1e-3 * trace / Float(width))
    for index in 0..<width { system[index, index] += strength }
    let isSolved = system.withUnsafeMutableValues { system in
      guard let system = system.baseAddress, Kernels.factorize(system, size: width) else {
        return false
      }
      means.withUnsafeValues { means in
        users.matrix.withUnsafeValues { users in
          map.withUnsafeMutableValues { map in
            guard let means = means.baseAddress, let users = users.baseAddress,
              let map = map.baseAddress
            else { return }
            // Right-hand sides lie one after the other: the transposed map, a row a value of the user.
            Kernels.multiplyTransposed(
              users, rows: histories.userCount, leftColumns: width, leftStride: width, means,
              rightColumns: width, into: map)
            Kernels.solve(system, size: width, rightHandSides: map, count: width)
          }
        }
      }
      return true
    }
    guard isSolved else {
      throw RecommenderError(.numericFailure, "the map from histories to users cannot be solved")
    }
    self.map = map
  }

  func vectors(_ users: Range<Int>, _ histories: Histories, items: FactorTable) -> [Float] {
    let width = items.width
    let means = items.means(users, histories)
    var vectors = [Float](repeating: 0, count: users.count * width)
    map.withUnsafeValues { map in
      guard let map = map.baseAddress else { return }
      Kernels.multiplyByTransposed(
        means, leftRows: users.count, map, rightRows: width, columns: width, into: &vectors)
    }
    return vectors
  }
}

extension FactorTable {
  /// The means of histories' vectors, one user after the other; zeros for an empty one.
  func means(_ users: Range<Int>, _ histories: Histories) -> [Float] {
    var means = [Float](repeating: 0, count: users.count * width)
    means.withUnsafeMutableBufferPointer { means in
      guard let means = means.baseAddress else { return }
      for (place, user) in users.enumerated() {
        addMean(of: histories[user], to: means + place * width)
      }
    }
    return means
  }

  /// The same for all users, on several threads.
  fileprivate func meanTable(_ histories: Histories, threads: Int?) -> Matrix {
    var means = Matrix(rows: histories.userCount, columns: width)
    let (width, table) = (width, self)
    means.withUnsafeMutableValues { target in
      guard let target = target.baseAddress else { return }
      // Each thread writes only the rows that it was handed.
      nonisolated(unsafe) let rows = target
      ParallelRows(threads: threads).run(count: histories.userCount) { _, range in
        for user in range { table.addMean(of: histories[user], to: rows + user * width) }
      }
    }
    return means
  }

  private func addMean(of history: ArraySlice<Int32>, to target: UnsafeMutablePointer<Float>) {
    matrix.withUnsafeValues { values in
      guard let values = values.baseAddress else { return }
      for item in history {
        Kernels.add(
          values + Int(item) * width, scale: 1 / Float(history.count), to: target, count: width)
      }
    }
  }
}
