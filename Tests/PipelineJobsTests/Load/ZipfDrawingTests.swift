import RecommendationCore
import Testing

@testable import PipelineJobs

@Suite struct ZipfDrawingTests {
  private func rows(_ exponent: Double, seed: UInt64) -> [Int] {
    let drawing = ZipfDrawing(count: 100, exponent: exponent, seed: 2)
    var random = SeededGenerator(seed: seed)
    return (0..<5000).map { _ in drawing.row(&random) }
  }

  @Test func aFewAreDrawnOftenAndTheSameWithTheSameSeed() {
    let drawn = rows(1, seed: 5)
    #expect(drawn == rows(1, seed: 5))
    #expect(drawn != rows(1, seed: 6))
    let counts = Dictionary(grouping: drawn) { $0 }.mapValues(\.count)
    #expect((counts.values.max() ?? 0) > 700)
    #expect(drawn.allSatisfy { (0..<100).contains($0) })
    #expect(counts.count > 80)
  }

  @Test func withoutSkewAllAreDrawnAlike() {
    let counts = Dictionary(grouping: rows(0, seed: 5)) { $0 }.mapValues(\.count)
    #expect(counts.count == 100)
    #expect((counts.values.max() ?? 0) < 100)
    #expect((counts.values.min() ?? 0) > 20)
  }
}
