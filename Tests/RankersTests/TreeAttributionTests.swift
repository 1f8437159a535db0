import RecommendationCore
import Testing

@testable import Rankers

@Suite struct TreeAttributionTests {
  private func model(depth: Int, _ fixture: inout RankingFixture) throws -> (
    specification: RankerSpecification, model: [UInt8]
  ) {
    // Few columns, so that deep trees ask the same one again and again.
    let specification = RankingFixture.specification(items: 4)
    var parameters = XGBoostParameters()
    parameters.rounds = 30
    parameters.maxDepth = depth
    parameters.threads = 1
    parameters.minChildWeight = 0.001
    let model = try XGBoostTrainer.train(
      fixture.examples(groups: 60, specification: specification), specification: specification,
      parameters: parameters
    ).model
    return (specification, model)
  }

  @Test("equal to XGBoost's, and each row adds up to its score", arguments: [1, 2, 4, 6, 8, 12])
  func equality(depth: Int) throws {
    var fixture = RankingFixture(seed: UInt64(depth))
    let (specification, model) = try model(depth: depth, &fixture)
    let ensemble = try TreeEnsemble(model: model)
    #expect(
      (TreeAttribution<SIMD4<Float>>(ensemble) == nil)
        == ((ensemble.trees.map(\.depth).max() ?? 0) > 8))
    let own = try XGBoostRanker(model: model, specification: specification)
    let library = try XGBoostRanker(
      model: model, specification: specification, evaluator: .library)
    let rows = fixture.rows(60, columns: specification.columnCount)
    let ours = try own.contributions(rows)
    let theirs = try library.contributions(rows)
    let scores = try own.score(rows)
    #expect(ours.columns == theirs.columns && ours.rows == theirs.rows)
    var (isEqual, addsUp) = (true, true)
    for row in 0..<rows.rows {
      var sum = 0.0
      for column in 0..<ours.columns {
        isEqual = isEqual && abs(ours[row, column] - theirs[row, column]) < 1e-4
        sum += Double(ours[row, column])
      }
      addsUp = addsUp && abs(sum - Double(scores[row])) < 1e-4
    }
    #expect(isEqual)
    #expect(addsUp)
  }

  @Test("equal to the definition: the mean over all orders of the columns")
  func definition() throws {
    var fixture = RankingFixture(seed: 3)
    let (specification, model) = try model(depth: 4, &fixture)
    let ensemble = try TreeEnsemble(model: model)
    let attribution = try #require(TreeAttribution<SIMD4<Float>>(ensemble))
    let rows = fixture.rows(3, columns: specification.columnCount)
    let found = attribution.contributions(rows)
    for row in 0..<rows.rows {
      let count = specification.columnCount
      /// What the trees expect where only some columns are known.
      func expectation(_ known: Int) -> Double {
        ensemble.trees.reduce(0) { sum, tree in
          func value(_ node: Int) -> Double {
            guard tree.leftChildren[node] >= 0 else { return Double(tree.values[node]) }
            let (left, right) = (Int(tree.leftChildren[node]), Int(tree.rightChildren[node]))
            let column = Int(tree.columns[node])
            if known >> column & 1 == 1 {
              let x = rows[row, column]
              return value(
                (x.isNaN ? tree.missingGoesLeft[node] : x < tree.values[node]) ? left : right)
            }
            let share = Double(tree.covers[left] / tree.covers[node])
            return share * value(left) + (1 - share) * value(right)
          }
          return sum + value(0)
        }
      }
      let values = (0..<(1 << count)).map { expectation($0) }
      let factorials = (0...count).map { (0..<$0).reduce(1.0) { $0 * Double($1 + 1) } }
      for column in 0..<count {
        var shapley = 0.0
        for known in 0..<(1 << count) where known >> column & 1 == 0 {
          let size = known.nonzeroBitCount
          let weight = factorials[size] * factorials[count - 1 - size] / factorials[count]
          shapley += weight * (values[known | 1 << column] - values[known])
        }
        #expect(abs(Double(found[row, column]) - shapley) < 1e-4)
      }
    }
  }

  @Test("a model that does not tell its covers is left to the library")
  func withoutCovers() throws {
    let specification = RankingFixture.specification()
    var ensemble = try TreeEnsemble(model: RankingFixture.model(specification: specification))
    #expect(TreeAttribution<SIMD4<Float>>(ensemble) != nil)
    ensemble.trees[3].covers = []
    #expect(TreeAttribution<SIMD4<Float>>(ensemble) == nil)
  }

  @Test("the rule of Gauss and Legendre has polynomials exactly", arguments: [2, 4, 8])
  func rule(count: Int) {
    let rule = GaussLegendre(count: count)
    for degree in 0..<(2 * count) {
      var integral = 0.0
      for (point, weight) in zip(rule.points, rule.weights) {
        integral += weight * (0..<degree).reduce(1.0) { power, _ in power * point }
      }
      #expect(abs(integral - 1 / Double(degree + 1)) < 1e-12)
    }
  }
}
