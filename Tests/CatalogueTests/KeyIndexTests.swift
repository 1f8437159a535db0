import RecommendationCore
import Testing

@testable import Catalogue

struct KeyIndexTests {
  @Test func keysAreSetAndTakenOutAcrossGrowth() {
    var index = KeyIndex()
    var generator = SeededGenerator(seed: 3)
    let keys = (0..<20_000).map { _ in UInt64.random(in: 1 ... .max, using: &generator) }
    for start in stride(from: 0, to: keys.count, by: 250) {
      var changes: [UInt64: UInt32?] = [:]
      for position in start..<start + 250 { changes[keys[position]] = UInt32(position) }
      index.apply(changes)
    }
    #expect(index.count == 20_000)
    for (position, key) in keys.enumerated() { #expect(index.row(of: key) == position) }
    var removals: [UInt64: UInt32?] = [:]
    for key in keys.prefix(5_000) { removals.updateValue(nil, forKey: key) }
    index.apply(removals)
    #expect(index.count == 15_000)
    #expect(index.row(of: keys[0]) == nil)
    #expect(index.row(of: keys[6_000]) == 6_000)
    #expect(index.row(of: 0) == nil)
  }
}
