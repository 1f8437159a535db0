/// The mean rating with the biases of users and items, shrunk to 0 by a number of ratings: Koren's baseline
/// predictors ("Factor in the Neighbors", 2010), by coordinate descent.
struct RatingBiases: Sendable {
  let mean: Float
  private(set) var users: [Float]
  private(set) var items: [Float]

  /// O(ratings · passes).
  init(_ table: RatingTable, shrinkage: Float, passes: Int = 15) {
    mean = table.mean
    users = [Float](repeating: 0, count: table.userCount)
    items = [Float](repeating: 0, count: table.itemCount)
    for _ in 0..<passes {
      for item in 0..<table.itemCount {
        let range = table.ratings(ofItem: item)
        var sum: Float = 0
        for index in range {
          let place = Int(table.byItem[index])
          sum += table.values[place] - mean - users[Int(table.users[place])]
        }
        items[item] = sum / (shrinkage + Float(max(1, range.count)))
      }
      for user in 0..<table.userCount {
        let range = table.ratings(ofUser: user)
        var sum: Float = 0
        for place in range { sum += table.values[place] - mean - items[Int(table.items[place])] }
        users[user] = sum / (shrinkage + Float(max(1, range.count)))
      }
    }
  }

  /// What each rating is beyond the biases, by place.
  func residuals(_ table: RatingTable) -> [Float] {
    (0..<table.count).map { place in
      table.values[place] - mean - users[Int(table.users[place])] - items[Int(table.items[place])]
    }
  }
}
