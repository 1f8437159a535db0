/// Count, mean and standard deviation of numbers, without keeping them.
public struct Moments: Sendable, Equatable {
  /// How many.
  public var count = 0.0
  /// Their sum.
  public var sum = 0.0
  /// The sum of their squares.
  public var squares = 0.0

  /// No numbers.
  public init() {}

  /// Adds a number.
  public mutating func add(_ value: Double) {
    count += 1
    sum += value
    squares += value * value
  }

  /// The mean; NaN where there are no numbers.
  public var mean: Double { count > 0 ? sum / count : .nan }

  /// The standard deviation; NaN where there are fewer than two numbers.
  public var deviation: Double {
    guard count > 1 else { return .nan }
    let mean = sum / count
    // Rounding may leave a tiny negative number where all are equal.
    return max(squares / count - mean * mean, 0).squareRoot()
  }
}
