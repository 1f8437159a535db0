import Testing

@testable import PipelineJobs

@Suite struct ZipfSamplerTests {
  @Test("the first rank comes as often as Zipf's law says, and draws repeat")
  func frequencies() {
    let sampler = ZipfSampler(count: 100, exponent: 1, seed: 7)
    var counts = [Int](repeating: 0, count: 100)
    for number in 0..<50_000 { counts[sampler.draw(number)] += 1 }
    let harmonic = (1...100).reduce(0.0) { $0 + 1 / Double($1) }
    let sorted = counts.sorted(by: >)
    #expect(abs(Double(sorted[0]) - 50_000 / harmonic) < 500)
    #expect(abs(Double(sorted[1]) - 25_000 / harmonic) < 400)
    #expect((0..<100).map(sampler.draw) == (0..<100).map(sampler.draw))
  }

  @Test("exponent zero draws all alike")
  func uniform() {
    let sampler = ZipfSampler(count: 10, exponent: 0, seed: 1)
    var counts = [Int](repeating: 0, count: 10)
    for number in 0..<20_000 { counts[sampler.draw(number)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 2000) < 250 })
  }
}
