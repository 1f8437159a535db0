import Models
import RecommendationCore

/// Two groups of users who like two groups of items, with a little noise.
func twoTastes(users: Int = 60, items: Int = 40, seed: UInt64 = 5) throws -> Interactions {
  var generator = SeededGenerator(seed: seed)
  var columns = (users: [UserID](), items: [ItemID](), weights: [Float]())
  for user in 0..<users {
    for item in 0..<items {
      let isOwnTaste = user % 2 == item % 2
      guard Double.random(in: 0..<1, using: &generator) < (isOwnTaste ? 0.5 : 0.03) else {
        continue
      }
      columns.users.append(UserID(rawValue: UInt64(user + 1)))
      columns.items.append(ItemID(rawValue: UInt64(item + 1)))
      columns.weights.append([0.5, 1].randomElement(using: &generator) ?? 1)
    }
  }
  return try Interactions(users: columns.users, items: columns.items, weights: columns.weights)
}

/// The history of a user's row.
func history(_ interactions: Interactions, user: Int) -> History {
  let range = interactions.byUser.range(user)
  return History(
    items: range.map { interactions.itemIDs[Int(interactions.byUser.columns[$0])] },
    weights: Array(interactions.byUser.values[range]),
    timesMilliseconds: range.map { Int64($0) })
}

/// One least squares system written out in 64-bit floats: what the fast solver is held to.
func naiveSolution(
  _ entries: [(vector: [Float], weight: Float)], all: [[Float]], configuration: ALSConfiguration
) -> [Double] {
  let size = configuration.factors
  var matrix = [[Double]](repeating: [Double](repeating: 0, count: size + 1), count: size)
  var weightSum: Float = 0
  for row in 0..<size {
    for column in 0..<size {
      for vector in all {
        matrix[row][column] +=
          Double(configuration.unobservedWeight) * Double(vector[row]) * Double(vector[column])
      }
      for (vector, weight) in entries {
        matrix[row][column] += Double(weight) * Double(vector[row]) * Double(vector[column])
      }
    }
    for (vector, weight) in entries { matrix[row][size] += Double(weight) * Double(vector[row]) }
  }
  for (_, weight) in entries { weightSum += weight }
  // With an exponent of 1, as the tests use it, the regularisation is in proportion.
  let regularization =
    configuration.regularization
    * (weightSum + configuration.unobservedWeight * Float(all.count))
  for row in 0..<size { matrix[row][row] += Double(regularization) }
  for pivot in 0..<size {
    for row in 0..<size where row != pivot {
      let factor = matrix[row][pivot] / matrix[pivot][pivot]
      for column in pivot...size { matrix[row][column] -= factor * matrix[pivot][column] }
    }
  }
  return (0..<size).map { matrix[$0][size] / matrix[$0][$0] }
}
