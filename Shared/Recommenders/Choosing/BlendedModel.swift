import LinearAlgebra

/// Several models' scores as one: each model's scores of a user are standardised, weighted and summed.
///
/// Standardised: less their mean, by their standard deviation, over all items that the model ranks.
public struct BlendedModel: FittedRecommender {
  /// A model and how much it counts.
  public struct Member: Sendable {
    /// The model.
    public var model: any FittedRecommender
    /// Its weight.
    public var weight: Float

    /// A member.
    public init(model: any FittedRecommender, weight: Float) {
      self.model = model
      self.weight = weight
    }
  }

  private let members: [Member]
  private let itemCount: Int

  /// A blend; members of weight 0 are left out.
  public init(_ members: [Member], itemCount: Int) {
    self.members = members.filter { $0.weight != 0 }
    self.itemCount = itemCount
  }

  /// Scores all items for neighbouring users.
  public func score(
    _ users: Range<Int>, _ asked: AskedHistories, into scores: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let first = members.first else {
      scores.update(repeating: 0)
      return
    }
    // One member alone keeps its own scores: predictions of ratings stay ratings.
    try first.model.score(users, asked, into: scores)
    guard members.count > 1 else { return }
    addStandardized(first.weight, of: UnsafeBufferPointer(scores), users.count, keeping: 0, scores)
    let own = UnsafeMutableBufferPointer<Float>.allocate(capacity: scores.count)
    defer { own.deallocate() }
    for member in members.dropFirst() {
      try member.model.score(users, asked, into: own)
      addStandardized(
        member.weight, of: UnsafeBufferPointer(own), users.count, keeping: 1, scores)
    }
  }

  private func addStandardized(
    _ weight: Float, of source: UnsafeBufferPointer<Float>, _ rows: Int, keeping: Float,
    _ target: UnsafeMutableBufferPointer<Float>
  ) {
    for row in 0..<rows {
      let range = (row * itemCount)..<((row + 1) * itemCount)
      let scale = ScoreScale(UnsafeBufferPointer(rebasing: source[range]))
      for place in range {
        let value = weight * scale.standardized(source[place])
        target[place] = keeping == 0 ? value : target[place] + value
      }
    }
  }
}

/// Mean and spread of one user's scores.
struct ScoreScale {
  private let mean: Float
  private let inverseDeviation: Float

  /// Over the finite ones of the scores.
  init(_ scores: UnsafeBufferPointer<Float>) {
    var (count, sum) = (0, 0.0)
    for score in scores where score.isFinite {
      count += 1
      sum += Double(score)
    }
    let mean = count > 0 ? sum / Double(count) : 0
    var squares = 0.0
    for score in scores where score.isFinite {
      squares += (Double(score) - mean) * (Double(score) - mean)
    }
    let deviation = count > 0 ? (squares / Double(count)).squareRoot() : 0
    self.mean = Float(mean)
    inverseDeviation = deviation > 1e-12 ? Float(1 / deviation) : 0
  }

  /// A score of the user in units of the spread; what is not ranked stays so.
  func standardized(_ score: Float) -> Float {
    score.isFinite ? (score - mean) * inverseDeviation : -.infinity
  }
}
