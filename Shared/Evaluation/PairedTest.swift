import RecommendationCore

/// Whether one model is better than another on the same users: a paired randomisation test (Fisher 1935;
/// recommended for retrieval by Smucker, Allan, Carterette 2007).
public struct PairedTest: Sendable, Equatable, Codable {
  /// Mean of the first less that of the second.
  public var difference: Double
  /// Two-sided: how often signs drawn at random make as large a difference; never 0.
  public var pValue: Double

  /// Tests two models' values, one a user, in the same order of users.
  ///
  /// O(rounds · users); equal seeds give equal figures.
  ///
  /// - Parameter rounds: how often signs are drawn; the smallest p is 1 / (rounds + 1).
  public init(_ first: [Double], _ second: [Double], rounds: Int = 10_000, seed: UInt64 = 1) {
    // Users at which both are equal add nothing, whatever their sign.
    let differences = zip(first, second).map { $0 - $1 }.filter { $0 != 0 }
    let users = min(first.count, second.count)
    let observed = differences.reduce(0, +)
    difference = users > 0 ? observed / Double(users) : 0
    var generator = SeededGenerator(seed: seed)
    var asLarge = 0
    for _ in 0..<max(1, rounds) {
      var sum = 0.0
      var bits: UInt64 = 0
      for (place, value) in differences.enumerated() {
        if place % 64 == 0 { bits = generator.next() }
        sum += bits & 1 == 0 ? value : -value
        bits >>= 1
      }
      if abs(sum) >= abs(observed) - 1e-12 { asLarge += 1 }
    }
    pValue = Double(asLarge + 1) / Double(max(1, rounds) + 1)
  }

  /// The p-values of several tests made at once, raised so that the chance of any false alarm stays what it
  /// is for one (Holm 1979). In the order given.
  public static func holm(_ pValues: [Double]) -> [Double] {
    var raised = pValues
    var floor = 0.0
    for (place, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
      floor = max(floor, min(1, pValues[index] * Double(pValues.count - place)))
      raised[index] = floor
    }
    return raised
  }
}
