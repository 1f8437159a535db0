import Foundation

/// How a taken item's score is held against those of drawn ones.
///
/// Each works on one user's scores: the taken item's, and those of drawn items, where `-infinity` stands for a
/// drawn item that the user took too: it takes no part.
enum ContrastiveLoss: Sendable {
  /// Bayesian personalised ranking (Rendle et al. 2009): the mean of `-log σ(taken - drawn)`.
  case pairwise
  /// Weighted approximate-rank pairwise loss (Weston, Bengio, Usunier 2011), with the rank estimated from all
  /// drawn items at once: a hinge of margin 1 against those that violate it, times the logarithm of the rank.
  case rankWeighted(itemCount: Int)
  /// Cosine contrastive loss (SimpleX: Mao et al. 2021): `1 - taken`, and the weighted mean of what drawn ones
  /// have above the margin.
  case margin(Float, weight: Float)
  /// Sampled softmax cross entropy of scores divided by a temperature (Wu et al. 2022).
  case softmax(temperature: Float)

  /// Whether scores are cosines; else they are plain products.
  var usesCosine: Bool {
    switch self {
    case .pairwise, .rankWeighted: false
    case .margin, .softmax: true
    }
  }

  /// Replaces the drawn items' scores by the loss's slopes.
  ///
  /// - Returns: the loss, and its slope in the taken item's score.
  func slopes(
    taken: Float, drawn: UnsafeMutableBufferPointer<Float>
  ) -> (loss: Float, taken: Float) {
    switch self {
    case .pairwise: Self.pairwise(taken, drawn)
    case .rankWeighted(let itemCount): Self.rankWeighted(taken, drawn, itemCount)
    case .margin(let margin, let weight): Self.margin(taken, drawn, margin, weight)
    case .softmax(let temperature): Self.softmax(taken, drawn, temperature)
    }
  }

  private static func pairwise(
    _ taken: Float, _ drawn: UnsafeMutableBufferPointer<Float>
  ) -> (loss: Float, taken: Float) {
    let share = 1 / Float(max(1, drawn.count))
    var (loss, slope): (Float, Float) = (0, 0)
    for index in drawn.indices {
      let gap = drawn[index] - taken
      // log(1 + e^gap), for large gaps as well.
      loss += share * (max(gap, 0) + log1p(exp(-abs(gap))))
      let own = share / (1 + exp(-gap))
      drawn[index] = own
      slope -= own
    }
    return (loss, slope)
  }

  private static func rankWeighted(
    _ taken: Float, _ drawn: UnsafeMutableBufferPointer<Float>, _ itemCount: Int
  ) -> (loss: Float, taken: Float) {
    var violating = 0
    var excess: Float = 0
    for score in drawn where score > taken - 1 {
      violating += 1
      excess += score - taken + 1
    }
    guard violating > 0 else {
      drawn.update(repeating: 0)
      return (0, 0)
    }
    let rank = Float(violating) * Float(itemCount) / Float(drawn.count)
    // Of the logarithm of all items, so that the slope stays near 1.
    let weight = log1p(rank) / log1p(Float(itemCount))
    let own = weight / Float(violating)
    for index in drawn.indices { drawn[index] = drawn[index] > taken - 1 ? own : 0 }
    return (own * excess, -weight)
  }

  private static func margin(
    _ taken: Float, _ drawn: UnsafeMutableBufferPointer<Float>, _ margin: Float, _ weight: Float
  ) -> (loss: Float, taken: Float) {
    let share = weight / Float(max(1, drawn.count))
    var loss = 1 - taken
    for index in drawn.indices {
      let excess = drawn[index] - margin
      loss += excess > 0 ? share * excess : 0
      drawn[index] = excess > 0 ? share : 0
    }
    return (loss, -1)
  }

  private static func softmax(
    _ taken: Float, _ drawn: UnsafeMutableBufferPointer<Float>, _ temperature: Float
  ) -> (loss: Float, taken: Float) {
    let scale = 1 / temperature
    let largest = drawn.reduce(taken) { max($0, $1) }
    let own = exp((taken - largest) * scale)
    var sum = own
    for index in drawn.indices {
      let value = FastExponential.value((drawn[index] - largest) * scale)
      drawn[index] = value
      sum += value
    }
    let share = scale / sum
    for index in drawn.indices { drawn[index] *= share }
    return (log(sum) - (taken - largest) * scale, own * share - scale)
  }
}

/// e^x for x ≤ 0 to about 2e-7 of the value, in steps that the compiler does for many values at once.
enum FastExponential {
  /// e^x; 0 below -87.
  @inline(__always)
  static func value(_ x: Float) -> Float {
    // 2^n · 2^f with f in [-½, ½]; 2^f by its Taylor series in f · ln 2.
    let scaled = max(x, -87) * 1.442_695_04
    let whole = scaled.rounded(.toNearestOrEven)
    let rest = (scaled - whole) * 0.693_147_18
    let series =
      1 + rest
      * (1 + rest * (0.5 + rest * (0.166_666_67 + rest * (0.041_666_67 + rest * 0.008_333_33))))
    let power = Float(bitPattern: UInt32(bitPattern: Int32(whole) + 127) << 23)
    return x < -87 ? 0 : series * power
  }
}
