import Foundation
import RecommendationCore
import Testing

@testable import Evaluation

@Suite struct ComparisonTests {
  @Test func exposureOfHandMadeLists() {
    // Four items taken by 4, 2, 1 and 0 of 4 users.
    let exposure = ExposureMetrics(
      lists: [[0, 1, 3], [0, 2, 3]], histories: [[0, 1], [0]], popularity: [4, 2, 1, 0],
      userCount: 4, k: 2)
    // Shown: item 0 twice, 1 and 2 once; item 3 only beyond the second place.
    #expect(exposure.coverage == 1)
    #expect(abs(exposure.gini - (-2 * 1 + 0 * 1 + 2 * 2) / 12.0) < 1e-12)
    #expect(abs(exposure.entropy - 1.5) < 1e-12)
    #expect(abs(exposure.novelty - (0 + 1 + 0 + 2) / 4.0) < 1e-12)
    #expect(abs(exposure.popularityLift - (11.0 / 4) / (10.0 / 3)) < 1e-12)
  }

  @Test func nothingShownIsNoNumberThatRunsAway() {
    let exposure = ExposureMetrics(
      lists: [], histories: [], popularity: [0, 0], userCount: 0, k: 3)
    #expect(exposure.coverage == 0 && exposure.gini == 0 && exposure.entropy == 0)
    #expect(exposure.novelty == 0 && exposure.popularityLift == 0)
  }

  @Test func theBootstrapIntervalCoversTheMeanAsOftenAsItSays() {
    var generator = SeededGenerator(seed: 4)
    var covered = 0
    for round in 0..<100 {
      let values = (0..<80).map { _ in Double.random(in: 0..<1, using: &generator) }
      let interval = BootstrapInterval(values, rounds: 200, seed: UInt64(round))
      if interval.low <= 0.5, interval.high >= 0.5 { covered += 1 }
      #expect(interval.low <= interval.mean && interval.mean <= interval.high)
    }
    #expect((86...100).contains(covered))
    #expect(BootstrapInterval([]) == BootstrapInterval([], seed: 2))
  }

  @Test func theRandomisationTestAgreesWithAllSignsCounted() {
    let first = [0.9, 0.4, 0.7, 0.3, 0.8, 0.5]
    let second = [0.1, 0.5, 0.2, 0.3, 0.6, 0.1]
    let differences = zip(first, second).map { $0 - $1 }
    let observed = abs(differences.reduce(0, +))
    let asLarge = (0..<64).count { signs in
      let sum = differences.enumerated().reduce(0.0) {
        $0 + (signs >> $1.offset & 1 == 0 ? $1.element : -$1.element)
      }
      return abs(sum) >= observed - 1e-12
    }
    let test = PairedTest(first, second, rounds: 40_000)
    #expect(abs(test.pValue - Double(asLarge) / 64) < 0.01)
    #expect(abs(test.difference - 1.8 / 6) < 1e-12)
    #expect(PairedTest(first, first).pValue == 1)
  }

  @Test func holmRaisesInSteps() {
    let raised = PairedTest.holm([0.01, 0.04, 0.03, 0.5])
    let wanted = [0.04, 0.09, 0.09, 0.5]
    #expect(zip(raised, wanted).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(PairedTest.holm([]).isEmpty)
  }
}
