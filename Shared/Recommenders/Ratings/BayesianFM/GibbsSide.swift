import RecommendationCore

/// One side, users or items, of a Gibbs-sampled factorization machine: biases, factors, and the implicit
/// factors of the other side's rows that a row has met.
///
/// The factors of row r that the ratings see are `own_r + Σ_j implicit_j / √n_r` over the n_r rows j of the
/// other side with which r shares a rating: SVD++ for users, "flipped" for items (Rendle, Zhang, Koren 2019).
/// Ratings are in the order of this side's rows. All arrays of factors hold one factor after the other.
struct GibbsSide {
  let starts: [Int]
  /// The other side's row of each rating.
  let others: [Int32]
  let rows: Int
  let features: Int
  let factors: Int
  /// One over the root of the number of each row's ratings.
  private let norms: [Float]
  var biases: [Float]
  var own: [Float]
  var implicit: [Float]
  /// What the ratings see.
  var composed: [Float]
  private var squares: [Float]
  private var products: [Float]
  private var before: [Float]

  init(starts: [Int], others: [Int32], features: Int, factors: Int, random: inout NormalSource) {
    self.starts = starts
    self.others = others
    rows = starts.count - 1
    self.features = features
    self.factors = factors
    norms = (0..<rows).map { 1 / Float(max(1, starts[$0 + 1] - starts[$0])).squareRoot() }
    biases = [Float](repeating: 0, count: rows)
    // Small, but far enough from 0 that the factors' own spread does not die at the start.
    own = (0..<(rows * factors)).map { _ in 0.1 * random.next() }
    implicit = (0..<(features * factors)).map { _ in 0.1 * random.next() }
    composed = own
    squares = [Float](repeating: 0, count: rows)
    products = squares
    before = squares
    for factor in 0..<factors { compose(factor) }
  }

  /// Makes a factor's composed values anew, so that roundings do not add up.
  mutating func compose(_ factor: Int) {
    for row in 0..<rows {
      var sum: Float = 0
      for place in starts[row]..<starts[row + 1] {
        sum += implicit[factor * features + Int(others[place])]
      }
      composed[factor * rows + row] = own[factor * rows + row] + norms[row] * sum
    }
  }

  /// Draws the biases anew. `errors` is what is left of each rating; it follows.
  mutating func drawBiases(
    errors: inout [Float], precision: Float, prior: GibbsPrior, random: inout NormalSource
  ) {
    let spread = prior.draw(biases[...], isCentred: true, random: &random)
    for row in 0..<rows {
      let range = starts[row]..<starts[row + 1]
      var sum: Float = 0
      for place in range { sum += errors[place] }
      let count = Float(range.count)
      let weight = spread.precision + precision * count
      let mean = precision * (sum + count * biases[row]) / weight
      let value = mean + random.next() / weight.squareRoot()
      let change = value - biases[row]
      biases[row] = value
      for place in range { errors[place] -= change }
    }
  }

  /// Draws all factors anew, one after the other, given the other side's composed ones.
  ///
  /// O(ratings) a factor: what a row's ratings say about its factor is two sums, which the implicit factors read
  /// instead of the ratings (the blocks of Rendle, "Scaling Factorization Machines to Relational Data", 2013).
  mutating func drawFactors(
    other: [Float], otherRows: Int, errors: inout [Float], precision: Float, prior: GibbsPrior,
    members: (starts: [Int], rows: [Int32]), random: inout NormalSource
  ) {
    for factor in 0..<factors {
      other.withUnsafeBufferPointer { all in
        guard let base = all.baseAddress else { return }
        let vector = base + factor * otherRows
        drawOwn(factor, vector, errors, precision, prior, &random)
        drawImplicit(factor, precision, prior, members, &random)
        subtractChange(factor, vector, from: &errors)
      }
    }
  }

  private mutating func drawOwn(
    _ factor: Int, _ other: UnsafePointer<Float>, _ errors: [Float], _ precision: Float,
    _ prior: GibbsPrior, _ random: inout NormalSource
  ) {
    let first = factor * rows
    let spread = prior.draw(own[first..<(first + rows)], isCentred: false, random: &random)
    errors.withUnsafeBufferPointer { errors in
      others.withUnsafeBufferPointer { others in
        for row in 0..<rows {
          var (square, product) = (Float(0), Float(0))
          for place in starts[row]..<starts[row + 1] {
            let value = other[Int(others[place])]
            square += value * value
            product += value * errors[place]
          }
          let weight = spread.precision + precision * square
          let mean =
            (spread.precision * spread.mean + precision * (product + square * own[first + row]))
            / weight
          let value = mean + random.next() / weight.squareRoot()
          let change = value - own[first + row]
          own[first + row] = value
          before[row] = composed[first + row]
          composed[first + row] += change
          // As an implicit factor sees them: through the row's norm.
          squares[row] = square * norms[row] * norms[row]
          products[row] = (product - change * square) * norms[row]
        }
      }
    }
  }

  private mutating func drawImplicit(
    _ factor: Int, _ precision: Float, _ prior: GibbsPrior,
    _ members: (starts: [Int], rows: [Int32]), _ random: inout NormalSource
  ) {
    let first = factor * features
    let spread = prior.draw(
      implicit[first..<(first + features)], isCentred: false, random: &random)
    for feature in 0..<features {
      let range = members.starts[feature]..<members.starts[feature + 1]
      let told = Self.sums(members.rows, range, squares, products)
      let weight = spread.precision + precision * told.square
      let old = implicit[first + feature]
      let mean =
        (spread.precision * spread.mean + precision * (told.product + told.square * old)) / weight
      let value = mean + random.next() / weight.squareRoot()
      implicit[first + feature] = value
      Self.shift(
        members.rows, range, by: value - old, squares, norms, products: &products,
        composed: &composed, firstRow: factor * rows)
    }
  }

  /// What the rows that met a feature say about its factor.
  private static func sums(
    _ rows: [Int32], _ range: Range<Int>, _ squares: [Float], _ products: [Float]
  ) -> (square: Float, product: Float) {
    rows.withUnsafeBufferPointer { rows in
      squares.withUnsafeBufferPointer { squares in
        products.withUnsafeBufferPointer { products in
          var (square, product) = (Float(0), Float(0))
          for place in range {
            let row = Int(rows[place])
            square += squares[row]
            product += products[row]
          }
          return (square, product)
        }
      }
    }
  }

  /// Tells those rows that the factor moved.
  private static func shift(
    _ rows: [Int32], _ range: Range<Int>, by change: Float, _ squares: [Float], _ norms: [Float],
    products: inout [Float], composed: inout [Float], firstRow: Int
  ) {
    rows.withUnsafeBufferPointer { rows in
      squares.withUnsafeBufferPointer { squares in
        norms.withUnsafeBufferPointer { norms in
          products.withUnsafeMutableBufferPointer { products in
            composed.withUnsafeMutableBufferPointer { composed in
              for place in range {
                let row = Int(rows[place])
                products[row] -= change * squares[row]
                composed[firstRow + row] += change * norms[row]
              }
            }
          }
        }
      }
    }
  }

  private func subtractChange(
    _ factor: Int, _ other: UnsafePointer<Float>, from errors: inout [Float]
  ) {
    errors.withUnsafeMutableBufferPointer { errors in
      others.withUnsafeBufferPointer { others in
        for row in 0..<rows {
          let change = composed[factor * rows + row] - before[row]
          for place in starts[row]..<starts[row + 1] {
            errors[place] -= change * other[Int(others[place])]
          }
        }
      }
    }
  }
}

/// The prior of a block of parameters: normal, with a precision and a mean that are drawn too (gamma of shape 1
/// and normal), so that no regularisation has to be set.
struct GibbsPrior: Sendable {
  /// The rate of the gamma distribution: the smaller, the nearer to 0 a block without use is drawn.
  let rate: Double

  /// A precision and a mean given the block's values.
  func draw(
    _ values: ArraySlice<Float>, isCentred: Bool, random: inout NormalSource
  ) -> (precision: Float, mean: Float) {
    let count = Double(values.count)
    let mean = isCentred ? 0 : values.reduce(0.0) { $0 + Double($1) } / max(1, count)
    let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    let shrunk = count / (count + 1) * mean * mean
    let precision = random.gamma(shape: 1 + count / 2, rate: rate + 0.5 * (squares + shrunk))
    if isCentred { return (Float(precision), 0) }
    let centre =
      count * mean / (count + 1) + random.nextDouble() / ((count + 1) * precision).squareRoot()
    return (Float(precision), Float(centre))
  }
}
