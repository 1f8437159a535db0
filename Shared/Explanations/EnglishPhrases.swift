/// English.
struct EnglishPhrases: Phrases {
  static let language = "en"

  func sentence(_ claim: Claim, domain: CatalogueDomain) -> String {
    switch claim {
    case .pastItems(let items):
      let parts = groups(items).map { group in
        "\(verb(group.act, domain)) \(list(group.titles, and: "and"))"
      }
      return "Because you " + list(parts, and: "and")
    case .taste(let categories, let count, let total, let basis):
      let whole =
        basis == .likes ? "your last \(total) likes" : "the last \(total) in your history"
      return "Fits your taste for \(list(categories, and: "and")): \(count) of \(whole)"
    case .contentNeighbour(let item, let cosine):
      return "Similar to \(item.title), which you \(verb(item.act, domain)) (\(hundredths(cosine)))"
    case .trending(let place, let total):
      return "Popular right now: number \(place) of \(total)"
    case .rule(let id): return "Placed here by a rule of this service (\(id))"
    case .exploration(let probability):
      return "Shown to learn whether you like it (drawn with a chance of \(percent(probability)))"
    }
  }

  private func verb(_ act: Act, _ domain: CatalogueDomain) -> String {
    switch (act, domain) {
    case (.bought, _): "bought"
    case (.liked, _): "liked"
    case (.consumed, .films): "watched"
    case (.consumed, .music): "listened to"
    case (.consumed, .books): "read"
    case (.consumed, .general): "viewed"
    case (.consumed, .goods), (.noticed, _): "looked at"
    }
  }
}
