import Foundation
import RecommendationCore
import TestSupport
import Testing

@testable import Rankers

@Suite struct LinearRankerTests {
  let specification = RankingFixture.specification(items: 2)

  private func ranker() throws -> LinearRanker {
    try LinearRanker(
      bias: 0.5,
      terms: [
        "item.f0": LinearRanker.Term(weight: 2, mean: 1, scale: 4),
        "retrieval.als.score": LinearRanker.Term(weight: -1),
      ], specification: specification)
  }

  @Test func aScoreIsTheWeightedSumOfItsColumns() throws {
    let rows = try #require(
      FeatureMatrix(rows: 2, columns: 5, values: [9, 5, 9, 3, 9, 9, .nan, 9, .nan, 9]))
    let ranker = try ranker()
    // 0.5 + 2 * (5 - 1) / 4 - 3; a missing value adds nothing.
    #expect(try ranker.score(rows) == [-0.5, 0.5])
    let contributions = try ranker.contributions(rows)
    #expect(contributions.values == [0, 2, 0, -3, 0, 0.5, 0, 0, 0, 0, 0, 0.5])
  }

  @Test func itSurvivesItsFiles() throws {
    let folder = try TemporaryDirectory("linear")
    let ranker = try ranker()
    try RankerFiles.write(ranker, to: folder.url.path)
    let loaded = try RankerFiles.load(from: folder.url.path, threads: 1)
    var fixture = RankingFixture(seed: 21)
    let rows = fixture.rows(30, columns: 5)
    #expect(loaded.kind == "linear")
    let expected = try ranker.score(rows)
    #expect(try loaded.score(rows) == expected)
  }

  @Test func weightsOfUnknownColumnsAndUnsoundOnesAreRefused() throws {
    #expect {
      _ = try LinearRanker(terms: ["nobody": .init(weight: 1)], specification: specification)
    } throws: {
      ($0 as? RankerError)?.code == .specificationMismatch
    }
    for term in [
      LinearRanker.Term(weight: .nan), LinearRanker.Term(weight: 1, scale: 0),
      LinearRanker.Term(weight: 1, mean: .infinity),
    ] {
      #expect {
        _ = try LinearRanker(terms: ["item.f0": term], specification: specification)
      } throws: {
        ($0 as? RankerError)?.code == .malformedModel
      }
    }
    #expect(throws: RankerError.self) {
      _ = try LinearRanker(model: [UInt8]("{}".utf8), specification: specification)
    }
  }

  @Test func aScoreThatIsNoNumberIsAnError() throws {
    let rows = FeatureMatrix(rows: 1, columns: 5, repeating: .infinity)
    #expect {
      _ = try ranker().score(rows)
    } throws: {
      ($0 as? RankerError)?.code == .nonFiniteScore
    }
  }
}
