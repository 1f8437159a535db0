import Artifacts
import Logging

/// The sources that this service offers, a line each.
struct CandidateSources: Sendable {
  /// In the order of `ListSources`.
  let all: [any CandidateSource]
  private let places: [String: Int]
  /// These also answer `Similar`.
  let collaborative: ALSSource
  let content: ContentSource

  init(_ configuration: CandidatesConfiguration, logger: Logger) {
    let registry = ModelRegistry(root: configuration.registryPath)
    let label = configuration.sourcesLabel
    collaborative = ALSSource(registry: registry, configuration: configuration)
    content = ContentSource(registry: registry, label: label, logger: logger)
    let categoryPopular = CategoryPopularSource(registry: registry, label: label)
    let all: [any CandidateSource] = [
      collaborative,
      ItemToItemSource(registry: registry, label: label),
      CoLikedSessionSource(registry: registry, label: label),
      content,
      TrendingSource(registry: registry, label: configuration.trendingLabel),
      categoryPopular,
      RecentReleaseSource(
        priors: categoryPopular.models, halfLife: configuration.recentHalfLife),
      ExplorationSource(registry: registry, label: label),
    ]
    self.all = all
    places = Self.places(all)
  }

  /// Sources of the caller's choice.
  init(_ all: [any CandidateSource], collaborative: ALSSource, content: ContentSource) {
    self.all = all
    places = Self.places(all)
    self.collaborative = collaborative
    self.content = content
  }

  /// Where a source stands among all; nil for one that is not offered.
  func place(of name: String) -> Int? { places[name] }

  private static func places(_ all: [any CandidateSource]) -> [String: Int] {
    Dictionary(
      all.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// All names, for messages.
  var names: String { all.map(\.name).joined(separator: ", ") }
}
