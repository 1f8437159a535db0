import Artifacts

/// The sources that this service offers, a line each.
struct CandidateSources: Sendable {
  /// In the order of `ListSources`.
  let all: [any CandidateSource]
  /// These also answer `Similar`.
  let collaborative: ALSSource
  let content: ContentSource

  init(_ configuration: CandidatesConfiguration) {
    let registry = ModelRegistry(root: configuration.registryPath)
    let label = configuration.sourcesLabel
    collaborative = ALSSource(registry: registry, configuration: configuration)
    content = ContentSource(registry: registry, label: label)
    let categoryPopular = CategoryPopularSource(registry: registry, label: label)
    all = [
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
  }

  /// Sources of the caller's choice.
  init(_ all: [any CandidateSource], collaborative: ALSSource, content: ContentSource) {
    self.all = all
    self.collaborative = collaborative
    self.content = content
  }

  subscript(name: String) -> (any CandidateSource)? { all.first { $0.name == name } }

  /// All names, for messages.
  var names: String { all.map(\.name).joined(separator: ", ") }
}
