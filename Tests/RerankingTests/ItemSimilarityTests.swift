import Testing

@testable import Reranking

@Suite struct ItemSimilarityTests {
  private func row(_ similarity: any ItemSimilarity, _ index: Int) -> [Float] {
    var row = [Float](repeating: -1, count: similarity.count)
    similarity.similarities(of: index, into: &row)
    return row
  }

  @Test func setsAreAsAlikeAsTheShareThatTheyHaveInCommon() {
    let many = (0..<100).map { UInt32($0 * 7) }
    let similarity = SetSimilarity([[0, 7], [7, 14, 21], [], many])
    #expect(row(similarity, 0) == [1, 0.25, 0, 0.02])
    #expect(row(similarity, 2) == [0, 0, 0, 0])
    #expect(row(similarity, 3) == [0.02, 0.03, 0, 1])
  }

  @Test func vectorsAreAsAlikeAsTheirDirections() throws {
    let similarity = try #require(
      VectorSimilarity(values: [2, 0, 0, 3, -1, 0, 0, 0, 1, 1], dimensions: 2))
    let first = row(similarity, 0)
    #expect(Array(first.prefix(4)) == [1, 0, 0, 0])
    #expect(abs(first[4] - 0.70710677) < 1e-6)
    #expect(VectorSimilarity(values: [1, 2, 3], dimensions: 2) == nil)
  }

  @Test func pairsAreAsAlikeAsTheirRowSays() throws {
    let small = SetSimilarity([[1, 2], [2, 3], [255]])
    let large = SetSimilarity([[1, 2_000_000], [2_000_000, 3], [70_000]])
    let vectors = try #require(VectorSimilarity(values: [1, 2, 3, 1, 0, 2], dimensions: 2))
    let made = BlendedSimilarity([(small, 1), (vectors, 2)])
    let blend = try #require(made)
    for similarity in [small, large, vectors, blend] as [any ItemSimilarity] {
      for index in 0..<3 {
        let row = row(similarity, index)
        for other in 0..<3 { #expect(abs(similarity.similarity(index, other) - row[other]) < 1e-6) }
      }
    }
    #expect(small.similarity(0, 1) == large.similarity(0, 1))
  }

  @Test func aBlendIsTheWeightedMean() throws {
    let sets = SetSimilarity([[1], [1], [2]])
    let vectors = try #require(VectorSimilarity(values: [1, 0, 0, 1, 1, 0], dimensions: 2))
    let made = BlendedSimilarity([(sets, 3), (vectors, 1)])
    let blend = try #require(made)
    #expect(row(blend, 0) == [1, 0.75, 0.25])
    #expect(BlendedSimilarity([]) == nil)
    #expect(BlendedSimilarity([(sets, 1), (SetSimilarity([[1]]), 1)]) == nil)
  }
}
