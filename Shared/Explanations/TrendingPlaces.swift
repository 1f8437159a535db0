public import Models
internal import RecommendationCore

/// The place of every item among what people like these days.
public struct TrendingPlaces: Sendable {
  private let scores: ItemScores
  /// Place from 1 by row; 0 without one.
  private let places: [Int32]

  /// Places by a model's scores. O(items).
  public init(_ model: TrendingModel) {
    scores = model.scores
    var places = [Int32](repeating: 0, count: model.scores.items.count)
    for (index, row) in model.scores.ranking.enumerated() {
      places[Int(row)] = Int32(truncatingIfNeeded: index + 1)
    }
    self.places = places
  }

  /// An item's place; nil when it has none.
  func place(of item: ItemID) -> ItemNumbers.TrendingPlace? {
    guard let row = scores.items.row(of: item), places[row] > 0 else { return nil }
    return ItemNumbers.TrendingPlace(
      place: Int(places[row]), of: scores.ranking.count, score: Double(scores.scores[row]))
  }
}
