import RecommendationCore
import Rankers
import Testing

@testable import RankingService

@Suite struct RecentInputsTests {
  private static func specification(_ retrieval: [String]) -> RankerSpecification {
    RankerSpecification(
      userFeatures: FeatureSet([]), itemFeatures: FeatureSet([]), retrievalFeatures: retrieval,
      contextFeatures: [])
  }

  private static func rows(_ values: [Float], columns: Int) throws -> ScoringRows {
    let count = values.count / columns
    return ScoringRows(
      items: (0..<count).map { ItemID(rawValue: UInt64($0)) },
      features: try #require(FeatureMatrix(rows: count, columns: columns, values: values)))
  }

  @Test func anotherModelGetsTheColumnsThatItKnowsByName() throws {
    let recent = RecentInputs(capacity: 2, stride: 1)
    let old = Self.specification(["a", "b"])
    recent.offer(try Self.rows([1, 2, 3, 4], columns: 2), of: old)
    let same = recent.inputs(for: old)
    #expect(same.first?.rows.values == [1, 2, 3, 4])
    let other = try #require(recent.inputs(for: Self.specification(["b", "new", "a"])).first)
    #expect(other.rows.rows == 2 && other.rows.columns == 3)
    #expect(other.rows[0, 0] == 2 && other.rows[0, 2] == 1)
    #expect(other.rows[1, 0] == 4 && other.rows[1, 2] == 3)
    #expect(other.rows[0, 1].isNaN && other.rows[1, 1].isNaN)
    #expect(other.items.count == 2)
  }

  @Test func theLatestAreKeptAndNoMore() throws {
    let recent = RecentInputs(capacity: 2, stride: 2)
    let specification = Self.specification(["a"])
    for value in 0..<8 {
      recent.offer(try Self.rows([Float(value)], columns: 1), of: specification)
    }
    let kept = recent.inputs(for: specification).map { $0.rows.values[0] }
    #expect(Set(kept) == [4, 6])
  }
}
