import Foundation

/// Weighs terms by how often they stand in a text and in how few texts (TF-IDF with sublinear frequency; Salton
/// and Buckley 1988; Manning, Raghavan, Schütze 2008, section 6.4).
///
/// weight = (1 + ln frequency) · ln((1 + texts) / (1 + texts with the term)) + 1, scaled to length 1.
public struct TermVectorizer: Sendable, Equatable {
  /// A text as weighted terms: columns rising, of length 1 together.
  public struct SparseVector: Sendable, Equatable {
    /// Place of each term.
    public var columns: [Int32] = []
    /// Its weight.
    public var values: [Float] = []
  }

  /// Keys of the known terms, rising: a term's place is its column.
  public let terms: [UInt64]
  /// Inverse document frequency of each.
  public let rarity: [Float]

  /// A vectorizer from its parts; nil when they do not fit each other.
  public init?(terms: [UInt64], rarity: [Float]) {
    guard terms.count == rarity.count, zip(terms, terms.dropFirst()).allSatisfy({ $0 < $1 }),
      rarity.allSatisfy({ $0 > 0 && $0.isFinite })
    else { return nil }
    self.terms = terms
    self.rarity = rarity
  }

  /// Learns which terms there are and how rare each is. O(terms of all texts).
  ///
  /// - Parameters:
  ///   - minimumTexts: terms of fewer texts are left out: they liken nothing to anything.
  ///   - largestShare: terms of a larger share of the texts are left out.
  ///   - limit: most terms; those of the most texts stay.
  public static func fit(
    _ texts: [[UInt64: Float]], minimumTexts: Int = 2, largestShare: Double = 0.5,
    limit: Int = 50_000
  ) -> TermVectorizer {
    var counts: [UInt64: Int] = [:]
    for text in texts { for term in text.keys { counts[term, default: 0] += 1 } }
    let most = max(minimumTexts, Int(Double(texts.count) * largestShare))
    let kept = counts.filter { $0.value >= minimumTexts && $0.value <= most }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(limit)
      .sorted { $0.key < $1.key }
    let total = Double(1 + texts.count)
    return TermVectorizer(
      terms: kept.map(\.key), rarity: kept.map { Float(log(total / Double(1 + $0.value)) + 1) })
      ?? TermVectorizer()
  }

  private init() {
    terms = []
    rarity = []
  }

  /// The weighted terms of a text; empty when none of them is known. O(terms · log known terms).
  public func vector(_ text: [UInt64: Float]) -> SparseVector {
    var entries: [(column: Int32, value: Float)] = []
    entries.reserveCapacity(text.count)
    for (term, count) in text where count > 0 {
      guard let column = column(of: term) else { continue }
      let frequency = count > 1 ? 1 + logf(count) : count
      entries.append((Int32(truncatingIfNeeded: column), frequency * rarity[column]))
    }
    entries.sort { $0.column < $1.column }
    let length = entries.reduce(0) { $0 + $1.value * $1.value }.squareRoot()
    guard length > 0 else { return SparseVector() }
    return SparseVector(
      columns: entries.map(\.column), values: entries.map { $0.value / length })
  }

  private func column(of term: UInt64) -> Int? {
    var low = 0
    var high = terms.count
    while low < high {
      let middle = (low + high) / 2
      if terms[middle] < term { low = middle + 1 } else { high = middle }
    }
    return low < terms.count && terms[low] == term ? low : nil
  }
}
