import Foundation
import RecommendationCore
import TestSupport
import Testing

@testable import Rankers

@Suite struct XGBoostRankerTests {
  let specification = RankingFixture.specification()

  @Test func contributionsOfARowAddUpToItsScore() throws {
    let ranker = try XGBoostRanker(
      model: RankingFixture.model(specification: specification), specification: specification)
    var fixture = RankingFixture(seed: 1)
    let rows = fixture.rows(300, columns: specification.columnCount)
    let scores = try ranker.score(rows)
    let contributions = try ranker.contributions(rows)
    #expect(contributions.rows == 300)
    #expect(contributions.columns == specification.columnCount + 1)
    for row in 0..<rows.rows {
      let sum = (0..<contributions.columns).reduce(Float(0)) { $0 + contributions[row, $1] }
      #expect(abs(sum - scores[row]) < 1e-4)
    }
    #expect(Set(scores).count > 50)
  }

  @Test func aRowScoresTheSameAloneAndAmongOthers() throws {
    let ranker = try XGBoostRanker(
      model: RankingFixture.model(specification: specification), specification: specification)
    var fixture = RankingFixture(seed: 2)
    let rows = fixture.rows(50, columns: specification.columnCount)
    let scores = try ranker.score(rows)
    for row in 0..<rows.rows {
      let range = row * rows.columns..<(row + 1) * rows.columns
      let alone = try #require(
        FeatureMatrix(rows: 1, columns: rows.columns, values: Array(rows.values[range])))
      #expect(try ranker.score(alone) == [scores[row]])
    }
  }

  @Test(arguments: [XGBoostRanker.Evaluator.own, .library])
  func manyThreadsAtOnceGetTheScoresOfOne(evaluator: XGBoostRanker.Evaluator) async throws {
    let ranker = try XGBoostRanker(
      model: RankingFixture.model(specification: specification), specification: specification,
      threads: 2, evaluator: evaluator)
    var fixture = RankingFixture(seed: 3)
    let batches = (0..<8).map { fixture.rows(20 + $0, columns: specification.columnCount) }
    let expected = try batches.map { try ranker.score($0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for turn in 0..<50 {
            let batch = (task + turn) % batches.count
            let scores = try ranker.score(batches[batch])
            #expect(scores == expected[batch])
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func aModelOfAnotherWidthIsRefused() throws {
    let model = try RankingFixture.model(specification: specification, rounds: 2)
    let wider = RankingFixture.specification(items: 9)
    #expect {
      _ = try XGBoostRanker(model: model, specification: wider)
    } throws: {
      ($0 as? RankerError)?.code == .specificationMismatch
    }
  }

  @Test func rowsOfAnotherWidthAreRefused() throws {
    let ranker = try XGBoostRanker(
      model: RankingFixture.model(specification: specification, rounds: 2),
      specification: specification)
    #expect {
      _ = try ranker.score(FeatureMatrix(rows: 2, columns: 3))
    } throws: {
      ($0 as? RankerError)?.code == .wrongShape
    }
    #expect(try ranker.score(FeatureMatrix(rows: 0, columns: specification.columnCount)).isEmpty)
  }

  @Test func bytesCutOffAnywhereAreRefused() throws {
    let model = try RankingFixture.model(specification: specification, rounds: 5)
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<200 {
      let length = Int.random(in: 0..<model.count, using: &generator)
      #expect {
        _ = try XGBoostRanker(model: Array(model.prefix(length)), specification: specification)
      } throws: {
        ($0 as? RankerError)?.code == .malformedModel
      }
    }
    #expect(throws: RankerError.self) {
      _ = try XGBoostRanker(
        model: [UInt8]("binf not a model at all, of no kind".utf8), specification: specification)
    }
  }

  @Test func aRankerSurvivesItsFiles() throws {
    let folder = try TemporaryDirectory("ranker")
    let ranker = try XGBoostRanker(
      model: RankingFixture.model(specification: specification), specification: specification)
    try RankerFiles.write(ranker, to: folder.url.path)
    let loaded = try RankerFiles.load(from: folder.url.path, threads: 2)
    var fixture = RankingFixture(seed: 5)
    let rows = fixture.rows(40, columns: specification.columnCount)
    #expect(loaded.kind == "xgboost")
    #expect(loaded.specification == specification)
    #expect(loaded.specification.fingerprint == specification.fingerprint)
    let expected = try ranker.score(rows)
    #expect(try loaded.score(rows) == expected)
  }

  @Test func filesOfAnUnknownKindAreRefused() throws {
    let folder = try TemporaryDirectory("ranker")
    let header = #"""
      {"kind":"oracle","specification":{"userFeatures":[],"itemFeatures":[],
      "retrievalFeatures":["a"],"contextFeatures":[]}}
      """#
    try Data(header.utf8).write(to: folder.url.appendingPathComponent("ranker.json"))
    #expect {
      _ = try RankerFiles.load(from: folder.url.path, threads: 1)
    } throws: {
      ($0 as? RankerError)?.code == .unknownKind
    }
  }
}
