import Models

/// An order for items of which a model knows nothing for a user: by popularity, beneath all others.
struct PopularityTail: Sendable {
  /// The share of the most popular item's users, from 0 to 1.
  let shares: [Float]
  /// Far below what a model's scores differ by.
  private static let depth: Float = 1e-6

  init(_ feedback: Feedback) {
    let counts = (0..<feedback.itemCount).map { Float(feedback.byItem.range($0).count) }
    let largest = max(1, counts.max() ?? 1)
    shares = counts.map { $0 / largest }
  }

  /// Gives items with a score of exactly zero one by popularity, below a millionth of the best score; where
  /// all are zero, popularity itself.
  func fill(_ scores: UnsafeMutableBufferPointer<Float>) {
    var largest: Float = 0
    for score in scores where score > largest { largest = score }
    let scale = largest > 0 ? largest * Self.depth : 1
    for item in scores.indices where scores[item] == 0 { scores[item] = scale * shares[item] }
  }
}

extension Histories {
  /// A user's items, each once, in rising order.
  func distinct(_ user: Int) -> [Int32] {
    let items = self[user]
    var isRising = true
    for index in items.indices.dropFirst() where items[index - 1] >= items[index] {
      isRising = false
      break
    }
    if isRising { return Array(items) }
    var kept: [Int32] = []
    for item in items.sorted() where kept.last != item { kept.append(item) }
    return kept
  }
}
