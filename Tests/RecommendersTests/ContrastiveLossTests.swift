import Foundation
import RecommendationCore
import Testing

@testable import Recommenders

@Suite struct ContrastiveLossTests {
  private static let losses: [ContrastiveLoss] = [
    .pairwise, .margin(0.3, weight: 4), .softmax(temperature: 0.2),
  ]

  private func loss(_ kind: ContrastiveLoss, _ taken: Float, _ drawn: [Float]) -> Float {
    var drawn = drawn
    return drawn.withUnsafeMutableBufferPointer { kind.slopes(taken: taken, drawn: $0).loss }
  }

  /// Slopes against differences; an item that is hidden has none.
  @Test(arguments: losses.indices) func slopesAreThoseOfTheLoss(index: Int) {
    let kind = Self.losses[index]
    let taken: Float = 0.35
    let scores: [Float] = [0.9, 0.31, 0.29, -0.7, -.infinity, 0.1]
    var slopes = scores
    let found = slopes.withUnsafeMutableBufferPointer { kind.slopes(taken: taken, drawn: $0) }
    let step: Float = 0.002
    let slope =
      (loss(kind, taken + step, scores) - loss(kind, taken - step, scores)) / (2 * step)
    #expect(abs(slope - found.taken) < 0.01)
    for place in scores.indices {
      guard scores[place].isFinite else {
        #expect(slopes[place] == 0)
        continue
      }
      var (more, less) = (scores, scores)
      more[place] += step
      less[place] -= step
      let slope = (loss(kind, taken, more) - loss(kind, taken, less)) / (2 * step)
      #expect(abs(slope - slopes[place]) < 0.01)
    }
  }

  @Test func lossesAreThoseOfThePapers() {
    // -log σ(1 - 0) and -log σ(1 - 2), averaged.
    let pair = (log1p(exp(-1.0)) + log1p(exp(1.0))) / 2
    #expect(abs(Double(loss(.pairwise, 1, [0, 2])) - pair) < 1e-6)
    // 1 - 0.5 + 3 · (0 + 0.2) / 2
    #expect(abs(loss(.margin(0.4, weight: 3), 0.5, [0.1, 0.6]) - 0.8) < 1e-6)
    // -log of e^5 / (e^5 + e^2 + e^1)
    let softmax = -log(exp(5.0) / (exp(5.0) + exp(2) + exp(1)))
    #expect(abs(Double(loss(.softmax(temperature: 0.1), 0.5, [0.2, 0.1])) - softmax) < 1e-6)
  }

  @Test func warpWeighsByTheEstimatedRank() {
    // Two of four drawn ones violate the margin: the rank is about half of 100 items.
    var drawn: [Float] = [0.5, -3, 1.5, -.infinity]
    let found = drawn.withUnsafeMutableBufferPointer {
      ContrastiveLoss.rankWeighted(itemCount: 100).slopes(taken: 1, drawn: $0)
    }
    let weight = log1p(Float(50)) / log1p(Float(100))
    #expect(abs(found.taken + weight) < 1e-6)
    #expect(drawn[1] == 0 && drawn[3] == 0)
    #expect(abs(drawn[0] - weight / 2) < 1e-6 && abs(drawn[2] - weight / 2) < 1e-6)
    #expect(abs(found.loss - weight / 2 * (0.5 + 1.5)) < 1e-6)
    // None violates it: nothing to learn.
    drawn = [-1, -2]
    let none = drawn.withUnsafeMutableBufferPointer {
      ContrastiveLoss.rankWeighted(itemCount: 100).slopes(taken: 1, drawn: $0)
    }
    #expect(none.loss == 0 && none.taken == 0 && drawn == [0, 0])
  }

  @Test func theFastExponentialIsOne() {
    for step in 0...2000 {
      let x = -Float(step) * 0.0437
      let expected = exp(Double(x))
      #expect(abs(Double(FastExponential.value(x)) - expected) <= 1e-5 * expected + 1e-37)
    }
    #expect(FastExponential.value(-.infinity) == 0)
    #expect(FastExponential.value(0) == 1)
  }
}
