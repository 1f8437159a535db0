import Foundation

/// Scores for people: four places that count.
enum ScoreText {
  static func text(_ score: some BinaryFloatingPoint) -> String {
    String(format: "%.4g", Double(score))
  }
}
