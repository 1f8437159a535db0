import Foundation
import RecommendationCore
import Testing

@testable import Features

struct DecayedCountsTests {
  @Test func aCountHalvesInItsHalfLife() {
    var counts = DecayedCounts()
    counts.add(at: 1_000)
    let day = counts.at(1_000 + 86_400_000)
    #expect(abs(day.day - 0.5) < 1e-14)
    #expect(abs(day.week - pow(0.5, 1 / 7.0)) < 1e-15)
    #expect(abs(counts.at(1_000 + 28 * 86_400_000).month - 0.5) < 1e-15)
    #expect(counts.at(0) == counts)
  }

  @Test func itEqualsTheSumOverAllEventsInAnyOrder() {
    var generator = SeededGenerator(seed: 8)
    for _ in 0..<50 {
      let times = (0..<40).map { _ in Int64.random(in: 0...9_000_000_000, using: &generator) }
      var counts = DecayedCounts()
      for time in times { counts.add(at: time) }
      let moment: Int64 = 9_500_000_000
      let expected = times.reduce(0.0) { $0 + exp2(-Double(moment - $1) / Decay.week) }
      #expect(abs(counts.at(moment).week - expected) < 1e-9 * max(expected, 1))
    }
  }

  @Test func readingChangesNothing() {
    var read = DecayedCounts()
    var unread = DecayedCounts()
    for time in stride(from: Int64(0), to: 100_000_000, by: 7_777_777) {
      read.add(at: time)
      _ = read.at(time + 5_000_000)
      unread.add(at: time)
    }
    #expect(read == unread)
  }
}
