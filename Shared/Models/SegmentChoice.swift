import Foundation
import RecommendationCore

/// Which segments of a ``SegmentPopularity`` speak for a user, and how loudly. Training and serving both take
/// them from here.
public struct SegmentChoice: Sendable {
  /// Most categories that are taken from a history.
  static let categoryLimit = 5
  /// History entries that are looked at.
  public static let historyLimit = 50
  /// An entry of the history with so many newer ones counts half.
  static let historyHalfLife: Float = 20

  /// Known segments with their weights, which add up to 1; none when nothing is known.
  public let segments: [SegmentPopularity.Weighted]

  /// Groups that the context names count one half and categories the other; where there is only one kind, it
  /// counts whole. Categories that the context names count alike and go before those of the history.
  ///
  /// - Parameters:
  ///   - context: attributes of the request: `category` and `categories` name categories, all others groups.
  ///   - categoriesOf: the segments of the categories of an entry's item, by its place in the history; asked for the
  ///     first ``historyLimit`` at most.
  public init(
    context: [String: AttributeValue], history: History, model: SegmentPopularity,
    categoriesOf: (Int) -> [UInt64]
  ) {
    var groups: [UInt64] = []
    var named: [UInt64] = []
    for (name, value) in context.sorted(by: { $0.key < $1.key }) {
      let texts: [String] =
        switch value {
        case .text(let text): [text]
        case .texts(let texts): texts
        case .flag(let flag): [flag ? "true" : "false"]
        case .number(let number): [String(number)]
        }
      if name == "category" || name == "categories" {
        named += texts.map { SegmentPopularity.category($0) }
      } else {
        groups += texts.map { SegmentPopularity.people(name, $0) }
      }
    }
    let people = Self.shared(groups.map { ($0, 1) }, model)
    var categories = Self.shared(named.map { ($0, 1) }, model)
    if categories.isEmpty {
      categories = Self.shared(Self.liked(history, categoriesOf), model)
    }
    let half: Float = people.isEmpty || categories.isEmpty ? 1 : 0.5
    segments = (people + categories).map {
      SegmentPopularity.Weighted(segment: $0.segment, weight: $0.weight * half)
    }
  }

  /// The categories of what was liked of late, most liked first. An item's weight is split among its own.
  private static func liked(
    _ history: History, _ categoriesOf: (Int) -> [UInt64]
  ) -> [(UInt64, Float)] {
    var sums = CategorySums()
    let fade = exp2f(-1 / historyHalfLife)
    var fading: Float = 1
    for index in 0..<min(history.count, historyLimit) where history.weights[index] > 0 {
      let categories = categoriesOf(index)
      for category in categories {
        sums.add(history.weights[index] * fading / Float(categories.count), to: category)
      }
      fading *= fade
    }
    return Array(
      sums.all.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.prefix(categoryLimit))
  }

  /// Those that the model knows, with weights that add up to 1.
  private static func shared(
    _ wanted: [(segment: UInt64, weight: Float)], _ model: SegmentPopularity
  ) -> [SegmentPopularity.Weighted] {
    let known = wanted.filter { model.contains($0.segment) && $0.weight > 0 }
    let sum = known.reduce(0) { $0 + $1.weight }
    return known.map { SegmentPopularity.Weighted(segment: $0.segment, weight: $0.weight / sum) }
  }
}

/// Sums by category. A history has a dozen of them, which are found faster one after the other than by hashing; more
/// are hashed.
private struct CategorySums {
  private static let few = 32
  private var listed: [(UInt64, Float)] = []
  private var hashed: [UInt64: Float] = [:]

  mutating func add(_ value: Float, to category: UInt64) {
    if let place = listed.firstIndex(where: { $0.0 == category }) {
      listed[place].1 += value
    } else if listed.count < Self.few {
      listed.append((category, value))
    } else {
      hashed[category, default: 0] += value
    }
  }

  var all: [(UInt64, Float)] { listed + hashed.map { ($0.key, $0.value) } }
}
