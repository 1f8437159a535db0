import RecommendationCore
import Testing

@testable import Rankers

@Suite struct TreeScorerTests {
  /// Rows with what is hard: missing, zeros of both signs, infinities, and thresholds themselves.
  private func hardRows(_ fixture: inout RankingFixture, _ count: Int, _ columns: Int)
    -> FeatureMatrix
  {
    var rows = fixture.rows(count, columns: columns)
    let hard: [Float] = [
      0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
      .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .signalingNaN,
    ]
    for index in rows.values.indices where Int.random(in: 0..<6, using: &fixture.generator) == 0 {
      rows.values[index] = hard.randomElement(using: &fixture.generator) ?? 0
    }
    return rows
  }

  @Test(arguments: [1, 2, 5, 6, 7, 8])
  func itScoresAsXGBoostDoesBitByBit(depth: Int) throws {
    let specification = RankingFixture.specification(items: 12)
    var fixture = RankingFixture(seed: UInt64(depth))
    var parameters = XGBoostParameters()
    parameters.rounds = 40
    parameters.maxDepth = depth
    parameters.threads = 1
    parameters.minChildWeight = 0.001
    let model = try XGBoostTrainer.train(
      fixture.examples(groups: 60, specification: specification), specification: specification,
      parameters: parameters
    ).model
    let scorer = try #require(TreeScorer(TreeEnsemble(model: model)))
    // Nil on a machine without its instructions.
    let wide = try WideTreeScorer(TreeEnsemble(model: model))
    let library = try XGBoostRanker(
      model: model, specification: specification, evaluator: .library)
    // Around the sizes of blocks and lanes, which have bodies of their own.
    for count in [1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 200] {
      let rows = hardRows(&fixture, count, specification.columnCount)
      let expected = try library.score(rows)
      #expect(scorer.scores(rows) == expected)
      if let wide { #expect(wide.scores(rows) == expected) }
    }
  }

  @Test func aValueEqualToAThresholdGoesWhereXGBoostSendsIt() throws {
    let specification = RankingFixture.specification()
    let model = try RankingFixture.model(specification: specification)
    let ensemble = try TreeEnsemble(model: model)
    let scorer = try #require(TreeScorer(ensemble))
    let library = try XGBoostRanker(
      model: model, specification: specification, evaluator: .library)
    var fixture = RankingFixture(seed: 50)
    var rows = fixture.rows(300, columns: specification.columnCount)
    for row in 0..<rows.rows {
      let tree = ensemble.trees[row % ensemble.trees.count]
      for node in tree.leftChildren.indices where tree.leftChildren[node] >= 0 {
        rows[row, Int(tree.columns[node])] = tree.values[node]
      }
    }
    let expected = try library.score(rows)
    #expect(scorer.scores(rows) == expected)
    if let wide = WideTreeScorer(ensemble) { #expect(wide.scores(rows) == expected) }
  }

  @Test func treesTooDeepForItAreLeftToTheLibrary() throws {
    let specification = RankingFixture.specification()
    var fixture = RankingFixture(seed: 51)
    var parameters = XGBoostParameters()
    parameters.rounds = 5
    parameters.maxDepth = 14
    parameters.minChildWeight = 0
    parameters.lambda = 0
    parameters.threads = 1
    let model = try XGBoostTrainer.train(
      fixture.examples(groups: 100, specification: specification), specification: specification,
      parameters: parameters
    ).model
    let ensemble = try TreeEnsemble(model: model)
    #expect(ensemble.trees.map(\.depth).max() ?? 0 > TreeScorer.deepest)
    #expect(TreeScorer(ensemble) == nil)
    #expect(WideTreeScorer(ensemble) == nil)
    let rows = fixture.rows(50, columns: specification.columnCount)
    let scores = try XGBoostRanker(model: model, specification: specification).score(rows)
    let expected = try XGBoostRanker(
      model: model, specification: specification, evaluator: .library
    ).score(rows)
    #expect(scores == expected)
  }
}
