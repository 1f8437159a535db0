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
    /// The business rule that put it there; empty: none did.
    public var ruleID = ""
    /// Where it was put in to learn of it: the probability with which it was. 0: it was not.
    public var propensity = 0.0
    /// What each feature gave to the ranker's score; empty: nobody asked the ranker.
    public var rankerParts = RankerParts()

    /// An entry.
    public init(item: ItemID, sources: [String]) {
      self.item = item
      self.sources = sources
    }
  }

  /// Sources that look at the user's past through the collaborative model.
  public static let collaborativeSources: Set<String> = ["als"]

  /// Sources that look at how what the user liked is described.
  public static let contentSources: Set<String> = ["content"]

  private let model: ALSModel?
  private let trending: TrendingPlaces?
  private let content: ContentVectors?
  private let catalogue: CatalogueSnapshot
  private let domain: CatalogueDomain

  /// An explainer.
  ///
  /// - Parameters:
  ///   - model: nil: no past items as evidence.
  ///   - trending: nil: nothing is said of what people like these days.
  ///   - content: nil: no neighbours by description as evidence.
  ///   - catalogue: titles and categories.
  ///   - domain: how a view is called.
  public init(
    model: ALSModel?, trending: TrendingPlaces?, content: ContentVectors? = nil,
    catalogue: CatalogueSnapshot, domain: CatalogueDomain
  ) {
    self.model = model
    self.trending = trending
    self.content = content
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
    let needed = max(maximumEvidence, ClaimChooser.mostNamed)
    let parts = try strongestParts(entries.map(\.item), history, needed)
    let taste = TasteCounter(history, catalogue: catalogue)
    let neighbours = finder(entries, history)
    var cosines: [Float] = []
    let phrases = PhraseBook.phrases(locale: locale)
    let chooser = ClaimChooser(maximumEvidence: maximumEvidence)
    return entries.enumerated().map { place, entry in
      var numbers = ItemNumbers()
      numbers.isPersonal = entry.sources.contains { Self.collaborativeSources.contains($0) }
      if let parts = parts[place] { add(parts, history, to: &numbers) }
      if entry.isFoundByContent {
        numbers.neighbour = neighbours?.nearest(to: entry.item, cosines: &cosines)
      }
      numbers.categories = taste.shares(
        of: entry.item, most: max(1, maximumEvidence), claimable: ClaimChooser.isTaste)
      numbers.trending = trending?.place(of: entry.item)
      numbers.ruleID = entry.ruleID
      numbers.propensity = entry.propensity
      numbers.rankerParts = entry.rankerParts
      let claim = chooser.claim(numbers)
      let evidence = numbers.evidence(maximum: maximumEvidence, first: claim)
      return Reason(
        text: claim.map { phrases.sentence($0, domain: domain) } ?? "", claim: claim,
        evidence: evidence)
    }
  }

  /// What finds neighbours by description; nil where no item was found by it.
  private func finder(_ entries: [Entry], _ history: History) -> NeighbourFinder? {
    guard let content, entries.contains(where: \.isFoundByContent) else { return nil }
    return NeighbourFinder(history, vectors: content, catalogue: catalogue)
  }

  /// The collaborative score of each item taken apart; nil where the model says nothing.
  private func strongestParts(
    _ items: [ItemID], _ history: History, _ most: Int
  ) throws -> [ALSStrongestParts?] {
    guard let model, !history.isEmpty else { return items.map { _ in nil } }
    /// By entry of the history: whether it can be named; nil while nobody asked.
    var nameable = [Bool?](repeating: nil, count: history.count)
    let found = try model.strongestParts(history, items: items, most: most) { entry, item in
      // An item that comes again is no reason for itself.
      guard history.items[entry] != item else { return false }
      if let known = nameable[entry] { return known }
      let isNameable =
        Act(weight: history.weights[entry]) != nil
        && catalogue.title(of: history.items[entry])?.isEmpty == false
      nameable[entry] = isNameable
      return isNameable
    }
    // Items that the model does not know are left out there; the others are in order.
    var next = found.startIndex
    return items.map { item in
      guard next < found.endIndex, found[next].item == item else { return nil }
      defer { next += 1 }
      return found[next]
    }
  }

  private func add(
    _ parts: ALSStrongestParts, _ history: History, to numbers: inout ItemNumbers
  ) {
    numbers.score = Double(Float(parts.score))
    numbers.positiveTotal = parts.positiveTotal
    for part in parts.parts {
      let item = history.items[part.entry]
      guard let act = Act(weight: history.weights[part.entry]) else { continue }
      numbers.pastItems.append(
        ItemNumbers.PastItem(
          item: item, title: catalogue.title(of: item) ?? "", act: act,
          contribution: Double(part.value)))
    }
  }
}

extension Explainer.Entry {
  /// Whether a source that looks at descriptions found it.
  fileprivate var isFoundByContent: Bool {
    sources.contains { Explainer.contentSources.contains($0) }
  }
}
