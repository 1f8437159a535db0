import Foundation
import Models

/// The settings that the dense linear kinds share.
enum LinearSettings {
  static let shared: [Setting] = [
    .real(
      "regularization", 1e-3...1e7, search: 1...5000, logarithmic: true,
      "added to the diagonal of the items' counts", default: { regularization($0) }),
    .real(
      "frequency-exponent", 0...2, search: 0...1,
      "of an item of n users the regularization grows as n to this", default: { _ in 0.5 }),
    .real(
      "users-exponent", 0...2, search: 0...1, "a user of n items counts n to minus this",
      default: { _ in 0.5 }),
    .real(
      "target-exponent", 0...1, search: 0...0.5,
      "the score of an item of n users is divided by n to this", default: { _ in 0 }),
  ]

  /// Few users an item leave noise that must be held down; the more there are, the more is believed.
  private static func regularization(_ shape: DataShape) -> Double {
    let usersPerItem = Double(shape.pairs) / Double(max(1, shape.items))
    return max(1, 3 * usersPerItem)
  }

  /// What each item's score is multiplied by.
  static func targetFactors(_ feedback: Feedback, exponent: Float) -> [Float] {
    (0..<feedback.itemCount).map { powf(Float(max(1, feedback.byItem.range($0).count)), -exponent) }
  }
}
