import RecommendationCore
import Testing

@testable import Rankers

@Suite struct TreeEnsembleTests {
  let specification = RankingFixture.specification()

  /// The plain reference of how trees score a row.
  private func score(_ ensemble: TreeEnsemble, _ rows: FeatureMatrix, row: Int) -> Float {
    var sum = ensemble.baseScore
    for tree in ensemble.trees {
      var node = 0
      while tree.leftChildren[node] >= 0 {
        let value = rows[row, Int(tree.columns[node])]
        let goesLeft = value.isNaN ? tree.missingGoesLeft[node] : value < tree.values[node]
        node = Int(goesLeft ? tree.leftChildren[node] : tree.rightChildren[node])
      }
      sum += tree.values[node]
    }
    return sum
  }

  @Test func theTreesReadFromTheFileScoreAsXGBoostDoes() throws {
    let model = try RankingFixture.model(specification: specification)
    let ensemble = try TreeEnsemble(model: model)
    let ranker = try XGBoostRanker(model: model, specification: specification)
    #expect(ensemble.trees.count == 20)
    #expect(ensemble.columnCount == specification.columnCount)
    var fixture = RankingFixture(seed: 31)
    let rows = fixture.rows(200, columns: specification.columnCount)
    let scores = try ranker.score(rows)
    for row in 0..<rows.rows {
      #expect(abs(score(ensemble, rows, row: row) - scores[row]) < 1e-5)
    }
  }

  @Test func theShapeIsThatOfTheTrees() throws {
    let model = try RankingFixture.model(specification: specification)
    let shape = try TreeEnsembleShape(model: model)
    let trees = try TreeEnsemble(model: model).trees
    #expect(shape.columnCount == specification.columnCount)
    #expect(shape.treeCount == 20)
    // A tree in which every split has two children has one leaf more than splits.
    #expect(shape.leafCount == trees.reduce(0) { $0 + ($1.values.count + 1) / 2 })
    func depth(_ tree: TreeEnsemble.Tree, _ node: Int) -> Int {
      guard tree.leftChildren[node] >= 0 else { return 0 }
      return 1
        + max(
          depth(tree, Int(tree.leftChildren[node])), depth(tree, Int(tree.rightChildren[node])))
    }
    #expect(shape.maxDepth == trees.map { depth($0, 0) }.max())
    let ranker = try XGBoostRanker(model: model, specification: specification)
    #expect(try TreeEnsembleShape(ranker) == shape)
  }

  @Test func damagedBytesAreRefusedOrMakeTreesThatEnd() throws {
    let model = try RankingFixture.model(specification: specification, rounds: 3)
    var generator = SeededGenerator(seed: 32)
    var fixture = RankingFixture(seed: 33)
    var refused = 0
    for _ in 0..<1_000 {
      var damaged = model
      let place = Int.random(in: damaged.indices, using: &generator)
      damaged[place] = UInt8.random(in: 0...255, using: &generator)
      do {
        let ensemble = try TreeEnsemble(model: damaged)
        let rows = fixture.rows(3, columns: ensemble.columnCount)
        for row in 0..<rows.rows { _ = score(ensemble, rows, row: row) }
      } catch let error as RankerError {
        #expect(error.code == .malformedModel)
        refused += 1
      }
    }
    #expect(refused > 50)
  }
}
