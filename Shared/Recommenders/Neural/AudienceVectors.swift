import Models

/// Stands for users whose histories are not those that were learned from: for each item the mean of the
/// vectors of those who took it.
struct AudienceVectors: Sendable {
  private let width: Int
  private let vectors: [Float]

  /// - Parameters:
  ///   - users: a vector a user, row-major.
  ///   - byItem: who took each item.
  init(users: [Float], width: Int, byItem: SparseRows) {
    self.width = width
    var vectors = [Float](repeating: 0, count: byItem.rowCount * width)
    for item in 0..<byItem.rowCount {
      let range = byItem.range(item)
      for entry in range {
        let user = Int(byItem.columns[entry])
        for column in 0..<width {
          vectors[item * width + column] += users[user * width + column] / Float(range.count)
        }
      }
    }
    self.vectors = vectors
  }

  /// The mean over a history's items, which is not empty.
  func vector(_ history: ArraySlice<Int32>) -> [Float] {
    var sum = [Float](repeating: 0, count: width)
    for item in history {
      for column in 0..<width { sum[column] += vectors[Int(item) * width + column] }
    }
    return sum.map { $0 / Float(max(1, history.count)) }
  }
}
