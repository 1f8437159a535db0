import Foundation
import RecommendationCore

/// A place in the world's hidden space of taste: eight directions, four of style and four of use.
public struct TasteVector: Sendable, Equatable {
  /// Number of directions.
  public static let dimensions = 8
  /// The coordinates.
  public var values: SIMD8<Float>

  /// From coordinates.
  public init(_ values: SIMD8<Float>) { self.values = values }

  /// A random direction of length about the square root of 8.
  init(_ random: inout SeededGenerator) {
    values = .zero
    for index in 0..<Self.dimensions { values[index] = Float(random.normal()) }
  }

  /// Length 1.
  var normalized: TasteVector {
    let length = (values * values).sum().squareRoot()
    return TasteVector(values / max(length, 1e-6))
  }

  /// The scalar product.
  @inline(__always)
  func dot(_ other: TasteVector) -> Float { (values * other.values).sum() }
}
