import LinearAlgebra
import RecommendationCore

/// Biased matrix factorisation and SVD++ by stochastic gradient descent (Funk 2006; Koren 2008).
///
/// One thread. Users are passed in an order that is drawn anew each time, their ratings one after the other; the
/// implicit factors of a user's items move once a user and pass, by the sum of what each rating asks for (as
/// LibRec and MyMediaLite do), so that a pass is O(ratings · factors) also with them.
struct RatingDescent {
  private let table: RatingTable
  private let options: FactorOptions
  private let hasImplicit: Bool
  private var normal: NormalSource
  private var order: [Int]
  private var rate: Float
  private var userBiases: [Float]
  private var itemBiases: [Float]
  private var userFactors: [Float]
  private var itemFactors: [Float]
  private var implicit: [Float]

  init(_ table: RatingTable, options: FactorOptions, hasImplicit: Bool, seed: UInt64) {
    self.table = table
    self.options = options
    self.hasImplicit = hasImplicit
    order = Array(0..<table.userCount)
    rate = options.learningRate
    userBiases = [Float](repeating: 0, count: table.userCount)
    itemBiases = [Float](repeating: 0, count: table.itemCount)
    var normal = NormalSource(seed: seed)
    let spread = 0.1 as Float
    func drawn(_ count: Int) -> [Float] { (0..<count).map { _ in spread * normal.next() } }
    userFactors = drawn(table.userCount * options.factors)
    itemFactors = drawn(table.itemCount * options.factors)
    implicit = hasImplicit ? drawn(table.itemCount * options.factors) : []
    self.normal = normal
  }

  /// All ratings once; the mean squared error on the way.
  mutating func pass() -> Double {
    order.shuffle(using: &normal.generator)
    var sum = 0.0
    for user in order { sum += visit(user) }
    rate *= 0.97
    return sum / Double(table.count)
  }

  /// A user's ratings once; the sum of squared errors.
  private mutating func visit(_ user: Int) -> Double {
    let ratings = table.ratings(ofUser: user)
    guard !ratings.isEmpty else { return 0 }
    let width = options.factors
    let scale = 1 / Float(ratings.count).squareRoot()
    // A penalty that is given in ratings, spread over the ratings.
    let biasPenalty = options.biasRegularization
    var taken = [Float](repeating: 0, count: width)
    var asked = [Float](repeating: 0, count: width)
    if hasImplicit { taken = history(user, scale: scale) }
    var sum = 0.0
    let userStart = user * width
    let userPenalty = biasPenalty / Float(ratings.count)
    for place in ratings {
      let item = Int(table.items[place])
      let itemStart = item * width
      var guess = table.mean + userBiases[user] + itemBiases[item]
      for factor in 0..<width {
        guess += (userFactors[userStart + factor] + taken[factor]) * itemFactors[itemStart + factor]
      }
      let error = table.values[place] - guess
      sum += Double(error) * Double(error)
      let itemPenalty = biasPenalty / Float(table.ratings(ofItem: item).count)
      userBiases[user] += rate * (error - userPenalty * userBiases[user])
      itemBiases[item] += rate * (error - itemPenalty * itemBiases[item])
      for factor in 0..<width {
        let (p, q) = (userFactors[userStart + factor], itemFactors[itemStart + factor])
        asked[factor] += error * q
        userFactors[userStart + factor] = p + rate * (error * q - options.regularization * p)
        itemFactors[itemStart + factor] =
          q + rate * (error * (p + taken[factor]) - options.regularization * q)
      }
    }
    if hasImplicit { moveImplicit(ratings, asked: asked, scale: scale) }
    return sum
  }

  /// The sum of the implicit factors of a user's items, divided by the root of their number.
  private func history(_ user: Int, scale: Float) -> [Float] {
    let width = options.factors
    var sum = [Float](repeating: 0, count: width)
    for place in table.ratings(ofUser: user) {
      let start = Int(table.items[place]) * width
      for factor in 0..<width { sum[factor] += implicit[start + factor] * scale }
    }
    return sum
  }

  private mutating func moveImplicit(_ ratings: Range<Int>, asked: [Float], scale: Float) {
    let width = options.factors
    let shrinking = options.regularization
    for place in ratings {
      let start = Int(table.items[place]) * width
      for factor in 0..<width {
        let value = implicit[start + factor]
        implicit[start + factor] = value + rate * (scale * asked[factor] - shrinking * value)
      }
    }
  }

  /// What is learned by now.
  func model() -> FactorRatings {
    let width = options.factors
    func matrix(_ values: [Float], rows: Int) -> Matrix {
      Matrix(rows: rows, columns: width, values: values) ?? Matrix(rows: rows, columns: width)
    }
    let users = matrix(userFactors, rows: table.userCount)
    var composed = userFactors
    if hasImplicit {
      for user in 0..<table.userCount {
        let ratings = table.ratings(ofUser: user)
        let taken = history(user, scale: 1 / Float(max(1, ratings.count)).squareRoot())
        for factor in 0..<width { composed[user * width + factor] += taken[factor] }
      }
    }
    return FactorRatings(
      mean: table.mean, userBiases: userBiases, itemBiases: itemBiases, userFactors: users,
      itemFactors: matrix(itemFactors, rows: table.itemCount),
      implicit: hasImplicit ? matrix(implicit, rows: table.itemCount) : nil,
      composedUsers: matrix(composed, rows: table.userCount), range: table.range)
  }
}
