public import Catalogue
public import Models
public import RecommendationCore

/// Gives reasons for the items of a slate.
///
/// Past items: Hu, Koren, Volinsky 2008, section 5: the collaborative score is a sum over what the user did,
/// so each part is true evidence. Sentences come from ``Claim``s that the numbers bear.
public struct Explainer: Sendable {
  /// An item of a slate.
  public struct Entry: Sendable, Hashable {
    /// The item.
    public var item: ItemID
    /// The sources that found it.
    public var sources: [String]

    /// An entry.
    public init(item: ItemID, sources: [String]) {
      self.item = item
      self.sources = sources
    }
  }

  /// Sources that look at the user's past through the collaborative model.
  public static let collaborativeSources: Set<String> = ["als"]

  private let model: ALSModel?
  private let trending: TrendingPlaces?
  private let catalogue: CatalogueSnapshot
  private let domain: CatalogueDomain

  /// An explainer.
  ///
  /// - Parameters:
  ///   - model: nil: no past items as evidence.
  ///   - trending: nil: nothing is said of what people like these days.
  ///   - catalogue: titles and categories.
  ///   - domain: how a view is called.
  public init(
    model: ALSModel?, trending: TrendingPlaces?, catalogue: CatalogueSnapshot,
    domain: CatalogueDomain
  ) {
    self.model = model
    self.trending = trending
    self.catalogue = catalogue
    self.domain = domain
  }

  /// Reasons, one an entry, in their order.
  ///
  /// - Parameters:
  ///   - history: what retrieval saw.
  ///   - locale: BCP 47 tag; English where the language is not known.
  ///   - maximumEvidence: most pieces of evidence an item.
  /// - Throws: when the collaborative model cannot take its scores apart.
  public func reasons(
    _ entries: [Entry], history: History, locale: String = "en", maximumEvidence: Int = 3
  ) throws -> [Reason] {
    let explanations = try contributions(entries.map(\.item), history)
    let weights = Dictionary(zip(history.items, history.weights)) { first, _ in first }
    let taste = TasteCounter(history, catalogue: catalogue)
    let phrases = PhraseBook.phrases(locale: locale)
    let chooser = ClaimChooser(maximumEvidence: maximumEvidence)
    return entries.map { entry in
      var numbers = ItemNumbers()
      numbers.isPersonal = !Self.collaborativeSources.isDisjoint(with: entry.sources)
      if let explanation = explanations[entry.item] {
        add(explanation, weights, maximumEvidence, to: &numbers)
      }
      numbers.categories = taste.shares(of: entry.item)
      numbers.trending = trending?.place(of: entry.item)
      let claim = chooser.claim(numbers)
      let evidence = numbers.evidence(maximum: maximumEvidence, first: claim)
      return Reason(
        text: claim.map { phrases.sentence($0, domain: domain) } ?? "", claim: claim,
        evidence: evidence)
    }
  }

  private func contributions(
    _ items: [ItemID], _ history: History
  ) throws -> [ItemID: ALSExplanation] {
    guard let model, !history.isEmpty else { return [:] }
    let explanations = try model.contributions(history, items: items)
    return Dictionary(explanations.map { ($0.item, $0) }) { first, _ in first }
  }

  private func add(
    _ explanation: ALSExplanation, _ weights: [ItemID: Float], _ maximumEvidence: Int,
    to numbers: inout ItemNumbers
  ) {
    numbers.score = Double(explanation.score)
    for part in explanation.contributions where part.value > 0 {
      numbers.positiveTotal += Double(part.value)
      // Only so many can be shown or named; the rest counts in the sum alone. An item that comes
      // again is no reason for itself.
      guard part.item != explanation.item,
        numbers.pastItems.count < max(maximumEvidence, ClaimChooser.mostNamed),
        let act = weights[part.item].flatMap(Act.init(weight:)),
        let title = catalogue.item(part.item)?.title, !title.isEmpty
      else { continue }
      numbers.pastItems.append(
        ItemNumbers.PastItem(
          item: part.item, title: title, act: act, contribution: Double(part.value)))
    }
  }
}
