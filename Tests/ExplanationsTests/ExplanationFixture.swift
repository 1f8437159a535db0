import Catalogue
import LinearAlgebra
import Models
import RecommendationCore
import TestSupport
import Testing
import Text

@testable import Explanations

/// A small random world: a catalogue, a collaborative model, a text space, what is trending, and users.
struct ExplanationFixture {
  static let categories = ["Comedy", "Drama", "Horror", "War", "Western"]

  static let words = [
    "whale", "ship", "storm", "island", "rocket", "orbit", "robot", "planet", "horse", "desert",
    "sheriff", "saloon",
  ]

  var generator: SeededGenerator
  let items: [ItemID]
  let catalogue: CatalogueSnapshot
  let model: ALSModel
  let trending: TrendingModel
  let space: TextSpace

  init(seed: UInt64, count: Int = 60, factors: Int = 4) throws {
    var generator = SeededGenerator(seed: seed)
    let made = (0..<count).map { index in
      Item(
        externalID: "item-\(index)", title: "Item \(index)",
        description: Self.words.shuffled(using: &generator).prefix(4).joined(separator: " "),
        categories: Self.categories.filter { _ in Int.random(in: 0..<3, using: &generator) == 0 })
    }
    let live = LiveCatalogue()
    try live.apply(upserts: made, deletes: [], sequence: 1)
    catalogue = live.snapshot
    items = made.map(\.id)
    space = try #require(TextSpace.fit(made, dimensions: 8))
    let rows = items.sorted()
    let values = (0..<count * factors).map { _ in Float.random(in: -1...1, using: &generator) }
    var gram = [Float](repeating: 0, count: factors * factors)
    for row in 0..<count {
      for left in 0..<factors {
        for right in 0..<factors {
          gram[left * factors + right] +=
            values[row * factors + left] * values[row * factors + right]
        }
      }
    }
    var configuration = ALSConfiguration()
    configuration.factors = factors
    model = try ALSModel(
      items: ItemRows(sorted: rows),
      itemFactors: #require(Matrix(rows: count, columns: factors, values: values)),
      gram: #require(Matrix(rows: factors, columns: factors, values: gram)),
      configuration: configuration)
    trending = try TrendingModel.fit(
      items: items, weights: items.map { _ in Float.random(in: 0...3, using: &generator) },
      timesMilliseconds: items.map { _ in 0 }, halfLife: .seconds(60), at: 0)
    self.generator = generator
  }

  /// A history of up to 30 acts of all strengths, dislikes among them.
  mutating func history() -> History {
    let count = Int.random(in: 0...30, using: &generator)
    let weights: [Float] = [-1, 0.2, 0.3, 0.5, 0.8, 1, 1, 1, 1.5]
    return History(
      items: Array(items.shuffled(using: &generator).prefix(count)),
      weights: (0..<count).map { _ in weights.randomElement(using: &generator) ?? 1 },
      timesMilliseconds: (0..<count).map { Int64(-$0) })
  }

  mutating func entries() -> [Explainer.Entry] {
    items.shuffled(using: &generator).prefix(5).map { item in
      var entry = Explainer.Entry(
        item: item,
        sources: ["als", "trending", "content"].filter { _ in Bool.random(using: &generator) })
      switch Int.random(in: 0..<20, using: &generator) {
      case 0: entry.ruleID = "rule-\(Int.random(in: 1...9, using: &generator))"
      case 1: entry.propensity = .random(in: 0.0001...1, using: &generator)
      default: break
      }
      if Bool.random(using: &generator) {
        entry.rankerParts = RankerParts(
          row: (0..<8).map { _ in .random(in: -1...1, using: &generator) } + [0.5],
          names: (0..<8).map { "feature.\($0)" }, most: 10)
      }
      return entry
    }
  }

  func explainer(_ domain: CatalogueDomain = .films) -> Explainer {
    Explainer(
      model: model, trending: TrendingPlaces(trending),
      content: ContentVectors(space, catalogue: catalogue), catalogue: catalogue, domain: domain)
  }

  /// The cosine of two items in the text space, from their words once more.
  func cosine(_ one: ItemID, _ other: ItemID) -> Double {
    guard let one = catalogue.item(one), let other = catalogue.item(other) else { return 0 }
    return zip(space.vector(of: one), space.vector(of: other)).reduce(0) {
      $0 + Double($1.0) * Double($1.1)
    }
  }
}
