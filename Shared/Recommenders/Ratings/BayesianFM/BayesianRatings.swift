import LinearAlgebra

/// One draw of all parameters of a factorization machine of ratings. Rows of factors, one a user or item.
struct BayesianSample: Sendable {
  var constant: Float
  var userBiases: [Float]
  var itemBiases: [Float]
  var userFactors: [Float]
  /// What having met an item adds to a user's factors.
  var implicitFactors: [Float]
  /// With what their raters add.
  var itemFactors: [Float]
  var ratings: RatingLink.Table
}

/// Predicted ratings: the mean over samples of the parameters.
///
/// A history carries no ratings: those of the fit stay what they are, and the asked history says which items the
/// user met. A user without ratings or history is the average user.
struct BayesianRatings: FittedRecommender {
  let samples: [BayesianSample]
  let factors: Int
  let itemCount: Int

  /// O(samples · items · factors) a user.
  func score(
    _ users: Range<Int>, _ asked: AskedHistories, into target: UnsafeMutableBufferPointer<Float>
  ) {
    guard let scores = target.baseAddress, itemCount > 0 else { return }
    let histories = users.map { Set(asked.histories[$0]).sorted() }
    var products = [Float](repeating: 0, count: users.count * itemCount)
    var vectors = [Float](repeating: 0, count: users.count * factors)
    for index in 0..<(users.count * itemCount) { scores[index] = 0 }
    for sample in samples {
      for (place, user) in users.enumerated() {
        compose(user, histories[place], sample, into: &vectors, at: place * factors)
      }
      if factors > 0 {
        Kernels.multiplyByTransposed(
          vectors, leftRows: users.count, sample.itemFactors, rightRows: itemCount,
          columns: factors, into: &products)
      }
      for (place, user) in users.enumerated() {
        add(sample, user: user, products: products, from: place * itemCount, to: scores)
      }
    }
  }

  /// Adds a sample's share of the predictions of a user.
  private func add(
    _ sample: BayesianSample, user: Int, products: [Float], from start: Int,
    to scores: UnsafeMutablePointer<Float>
  ) {
    let base = sample.constant + sample.userBiases[user]
    let share = 1 / Float(samples.count)
    products.withUnsafeBufferPointer { products in
      sample.itemBiases.withUnsafeBufferPointer { biases in
        sample.ratings.withReader { rating in
          for item in 0..<itemCount {
            scores[start + item] += share * rating(base + biases[item] + products[start + item])
          }
        }
      }
    }
  }

  /// A user's factors with what the items of a history add.
  private func compose(
    _ user: Int, _ history: [Int32], _ sample: BayesianSample, into vectors: inout [Float],
    at start: Int
  ) {
    let scale = 1 / Float(max(1, history.count)).squareRoot()
    let factors = factors
    sample.userFactors.withUnsafeBufferPointer { own in
      sample.implicitFactors.withUnsafeBufferPointer { implicit in
        vectors.withUnsafeMutableBufferPointer { vectors in
          for factor in 0..<factors { vectors[start + factor] = 0 }
          for item in history {
            let row = Int(item) * factors
            for factor in 0..<factors { vectors[start + factor] += implicit[row + factor] }
          }
          for factor in 0..<factors {
            vectors[start + factor] = own[user * factors + factor] + scale * vectors[start + factor]
          }
        }
      }
    }
  }
}
