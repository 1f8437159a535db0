import Foundation
import RecommendationCore

/// Makes the items: where they lie in the space of taste decides their words, and later their picture.
struct ItemFactory {
  let configuration: WorldConfiguration

  /// What is made.
  struct Output {
    var items: [Item] = []
    var categories: [Int] = []
    var tastes: [TasteVector] = []
    var quality: [Float] = []
    var logPrices: [Float] = []
    /// Day on which the item enters the shop; 0 from the beginning.
    var launchDays: [Int] = []
  }

  /// Where each category lies.
  static func categoryCentres(_ configuration: WorldConfiguration) -> [TasteVector] {
    var random = configuration.generator("categories")
    return WorldVocabulary.categories.map { _ in TasteVector(&random).normalized }
  }

  func make() -> Output {
    let centres = Self.categoryCentres(configuration)
    let share = WeightedChoice(
      rows: (0..<Int32(centres.count)).map { $0 }, weight: { 1 / (1 + 0.15 * Double($0)) })
    var output = Output()
    var titles = Set<String>()
    for row in 0..<configuration.items {
      var random = configuration.generator("item", row)
      let category = share.draw(&random) ?? 0
      let taste = TasteVector(
        centres[category].values * 0.9 + TasteVector(&random).normalized.values * 0.9
      ).normalized
      let quality = Float(random.normal() * 0.8)
      let kind = WorldVocabulary.categories[category]
      let price =
        round(
          kind.price * exp(random.normal() * 0.45 + Double(quality) * 0.15) * 20) / 20
      output.tastes.append(taste)
      output.categories.append(category)
      output.quality.append(quality)
      output.logPrices.append(Float(log(max(price, 0.05))))
      let isNew = random.chance(0.15)
      output.launchDays.append(
        isNew ? 1 + random.index(below: max(1, configuration.days - 1)) : 0)
      output.items.append(
        item(row, kind, taste, price: max(price, 0.05), isNew: isNew, &titles, &random))
    }
    for row in output.items.indices where output.launchDays[row] > 0 {
      output.items[row].availableFromMilliseconds =
        WorldConfiguration.startMilliseconds + Int64(output.launchDays[row]) * 86_400_000
    }
    return output
  }

  private func item(
    _ row: Int, _ kind: WorldVocabulary.Category, _ taste: TasteVector, price: Double, isNew: Bool,
    _ titles: inout Set<String>, _ random: inout SeededGenerator
  ) -> Item {
    let strongest = (0..<TasteVector.dimensions).sorted {
      abs(taste.values[$0]) > abs(taste.values[$1])
    }
    let style = word(strongest[0], taste, &random)
    let second = word(strongest[1], taste, &random)
    let noun = random.pick(kind.nouns)
    let maker =
      random.pick(WorldVocabulary.makerStarts) + random.pick(WorldVocabulary.makerEnds)
    var title = "\(maker) \(style) \(noun)"
    var edition = 2
    while !titles.insert(title).inserted {
      title = "\(maker) \(style) \(noun) No. \(edition)"
      edition += 1
    }
    let year = isNew ? 2025 : Int32(2024 - Int(min(pow(random.uniform(), 2.5) * 30, 29)))
    let material = random.pick(kind.materials)
    let description =
      "A \(style.lowercased()), \(second.lowercased()) \(noun.lowercased()) by \(maker), with "
      + "\(material). Made for \(random.pick(kind.uses)). "
      + (isNew ? "New this season." : "In the shop since \(year).")
    let identifier = Self.identifier(row)
    return Item(
      externalID: identifier, title: title, description: description,
      categories: [kind.name, styleName(strongest[0], taste)],
      attributes: ["maker": .text(maker), "material": .text(material)], year: year, price: price,
      imageURI: configuration.imagePixels > 0 ? "images/\(identifier).png" : "")
  }

  /// `item-00042`.
  static func identifier(_ row: Int) -> String {
    let digits = String(row + 1)
    return "item-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }

  private func word(
    _ direction: Int, _ taste: TasteVector, _ random: inout SeededGenerator
  ) -> String {
    let words = WorldVocabulary.styles[direction]
    return random.pick(taste.values[direction] >= 0 ? words.high : words.low)
  }

  /// The style under which the shop files it: the first word of its strongest direction.
  private func styleName(_ direction: Int, _ taste: TasteVector) -> String {
    let words = WorldVocabulary.styles[direction]
    return (taste.values[direction] >= 0 ? words.high : words.low)[0] + " style"
  }
}
