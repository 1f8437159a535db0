import TestSupport
import Testing

@testable import Recommenders

@Suite struct BayesianFMTests {
  private let quick = ["burn-in": "10", "sweeps": "24", "kept": "12", "factors": "2"]

  @Test(arguments: ["gaussian", "ordinal"]) func heldBackRatingsAreFound(_ link: String) throws {
    let fixture = try RatingFixture(users: 40, items: 30, isRounded: true)
    let settings = quick.merging(["link": link]) { $1 }
    let error = try fixture.error(fixture.fitted(BayesianFMRecommender.self, settings))
    // Rounding and noise alone leave 0.35.
    #expect(error < 0.6, "\(link): \(error)")
    #expect(fixture.errorOfMean > 0.8)
  }

  @Test func equalSeedsGiveEqualModelsOnAnyNumberOfThreads() throws {
    let fixture = try RatingFixture(users: 20, items: 15, isRounded: true, emptyUsers: 1)
    func scores(_ threads: Int, seed: UInt64) throws -> [[Float]] {
      try fixture.scores(
        fixture.fitted(
          BayesianFMRecommender.self, quick, context: FitContext(seed: seed, threads: threads)))
    }
    let one = try scores(1, seed: 5)
    #expect(one.joined().allSatisfy { $0 >= 1 && $0 <= 5 })
    #expect(try zip(one.joined(), scores(3, seed: 5).joined()).allSatisfy { $0 == $1 })
    #expect(try zip(one.joined(), scores(1, seed: 6).joined()).contains { $0 != $1 })
  }

  @Test func aSideKeepsItsComposedFactorsAndTheErrorsInStep() throws {
    // After a sweep of one side, what it sees and the errors must be what its parameters say.
    let table = try RatingTable(RatingFixture(users: 12, items: 9).feedback)
    var random = NormalSource(seed: 1)
    var side = GibbsSide(
      starts: table.userStarts, others: table.items, features: table.itemCount, factors: 2,
      random: &random)
    let raters = table.byItem.map { table.users[Int($0)] }
    let other = (0..<(2 * table.itemCount)).map { _ in random.next() }
    func errors(_ side: GibbsSide) -> [Float] {
      (0..<table.count).map { place in
        let (user, item) = (Int(table.users[place]), Int(table.items[place]))
        return table.values[place] - side.biases[user]
          - (0..<2).reduce(Float(0)) {
            $0 + side.composed[$1 * table.userCount + user] * other[$1 * table.itemCount + item]
          }
      }
    }
    var left = errors(side)
    let prior = GibbsPrior(rate: 0.1)
    side.drawBiases(errors: &left, precision: 2, prior: prior, random: &random)
    side.drawFactors(
      other: other, otherRows: table.itemCount, errors: &left, precision: 2, prior: prior,
      members: (table.itemStarts, raters), random: &random)
    #expect(zip(left, errors(side)).allSatisfy { abs($0 - $1) < 1e-3 })
    let kept = side.composed
    for factor in 0..<2 { side.compose(factor) }
    #expect(zip(kept, side.composed).allSatisfy { abs($0 - $1) < 1e-3 })
  }

  @Test func theConditionalOfAFactorIsTheNormalEquationsSolution() throws {
    // With noise that is all but nothing, a draw is the least squares solution of the row's ratings.
    var random = NormalSource(seed: 4)
    var side = GibbsSide(starts: [0, 2], others: [0, 1], features: 2, factors: 1, random: &random)
    for index in side.implicit.indices { side.implicit[index] = 0 }
    side.compose(0)
    let (other, ratings): ([Float], [Float]) = ([1, 2], [3, 5])
    var errors = zip(other, ratings).map { $1 - $0 * side.composed[0] }
    side.drawFactors(
      other: other, otherRows: 2, errors: &errors, precision: 1e9, prior: GibbsPrior(rate: 0.1),
      members: ([0, 1, 2], [0, 0]), random: &random)
    // (1·3 + 2·5) / (1 + 4)
    #expect(abs(side.composed[0] - 2.6) < 1e-3)
  }

  @Test func drawsFollowTheirDistributions() {
    var random = NormalSource(seed: 2)
    let count = 20_000
    func mean(_ draw: () -> Double) -> Double {
      (0..<count).reduce(0) { sum, _ in sum + draw() } / Double(count)
    }
    #expect(abs(mean { random.nextDouble() }) < 0.03)
    #expect(
      abs(
        mean {
          let x = random.nextDouble(); return x * x
        } - 1) < 0.05)
    #expect(abs(mean { random.gamma(shape: 3, rate: 2) } - 1.5) < 0.03)
    // The half normal's mean is √(2/π); between 6 and infinity it is 6.1585, far out 1/x above the bound.
    #expect(abs(mean { random.truncated(from: 0, to: .infinity) } - 0.79788) < 0.02)
    #expect(abs(mean { random.truncated(from: -.infinity, to: 0) } + 0.79788) < 0.02)
    #expect(abs(mean { random.truncated(from: 6, to: .infinity) } - 6.1585) < 0.01)
    #expect(abs(mean { random.truncated(from: -1, to: 1) }) < 0.02)
    for share in [0.001, 0.02, 0.3, 0.5, 0.9, 0.999] {
      #expect(abs(StandardNormal.below(StandardNormal.quantile(share)) - share) < 1e-8)
    }
  }

  @Test func ordinalRatingsAreTheMeanOfTheLevels() {
    let link = RatingLink.ordinal(levels: [1, 2, 4], thresholds: [-0.5, 0.5])
    let table = link.table(1...4)
    for sum in [-9.0, -1.0, 0.0, 0.7, 9.0] {
      let (low, high) = (StandardNormal.below(-0.5 - sum), StandardNormal.below(0.5 - sum))
      let wanted = low + 2 * (high - low) + 4 * (1 - high)
      #expect(abs(Double(table.rating(Float(sum))) - wanted) < 1e-3)
    }
    let line = RatingLink.gaussian(mean: 3, scale: 2).table(1...5)
    #expect(abs(line.rating(0.25) - 3.5) < 1e-5)
    #expect(line.rating(-7) == 1)
    #expect(abs(line.rating(7) - 5) < 0.01)
  }

  @Test func aFitThatIsOutOfTimeStillAnswers() throws {
    let fixture = try RatingFixture()
    let context = FitContext(deadline: ContinuousClock.now)
    let model = try fixture.fitted(BayesianFMRecommender.self, quick, context: context)
    #expect(try fixture.scores(model).joined().allSatisfy(\.isFinite))
  }
}
