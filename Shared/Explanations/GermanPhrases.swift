/// German.
struct GermanPhrases: Phrases {
  static let language = "de"

  func sentence(_ claim: Claim, domain: CatalogueDomain) -> String {
    switch claim {
    case .pastItems(let items):
      let parts = groups(items).map { group in
        clause(group.act, list(group.titles, and: "und"), isPlural: group.titles.count > 1, domain)
      }
      return "Weil " + list(parts, and: "und")
    case .taste(let categories, let count, let total, let basis):
      let whole =
        basis == .likes
        ? "deinen letzten \(total) Likes" : "den letzten \(total) in deinem Verlauf"
      return "Passt zu deinem Geschmack (\(list(categories, and: "und"))): \(count) von \(whole)"
    case .contentNeighbour(let item, let cosine):
      return "Weil " + clause(item.act, item.title, isPlural: false, domain)
        + ": ähnlich beschrieben (\(hundredths(cosine, mark: ",")))"
    case .trending(let place, let total):
      return "Gerade beliebt: Platz \(place) von \(total)"
    case .rule(let id): return "Durch eine Regel dieses Dienstes hier (\(id))"
    case .exploration(let probability):
      return "Gezeigt, um zu erfahren, ob es dir gefällt (ausgelost mit einer Chance von "
        + "\(percent(probability, mark: ",")))"
    }
  }

  private func clause(
    _ act: Act, _ titles: String, isPlural: Bool, _ domain: CatalogueDomain
  ) -> String {
    switch (act, domain) {
    case (.bought, _): "du \(titles) gekauft hast"
    case (.liked, _): "dir \(titles) gefallen \(isPlural ? "haben" : "hat")"
    case (.consumed, .films): "du \(titles) gesehen hast"
    case (.consumed, .music): "du \(titles) gehört hast"
    case (.consumed, .books): "du \(titles) gelesen hast"
    case (.consumed, .general), (.consumed, .goods), (.noticed, _):
      "du dir \(titles) angesehen hast"
    }
  }
}
