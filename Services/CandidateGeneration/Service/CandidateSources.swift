import Artifacts

/// The sources that this service offers, a line each.
struct CandidateSources: Sendable {
  /// In the order of `ListSources`.
  let all: [any CandidateSource]
  /// Also answers `Similar`.
  let collaborative: ALSSource

  init(_ configuration: CandidatesConfiguration) {
    let registry = ModelRegistry(root: configuration.registryPath)
    collaborative = ALSSource(registry: registry, configuration: configuration)
    all = [
      collaborative,
      TrendingSource(registry: registry, label: configuration.trendingLabel),
    ]
  }

  /// Sources of the caller's choice.
  init(_ all: [any CandidateSource], collaborative: ALSSource) {
    self.all = all
    self.collaborative = collaborative
  }

  subscript(name: String) -> (any CandidateSource)? { all.first { $0.name == name } }

  /// All names, for messages.
  var names: String { all.map(\.name).joined(separator: ", ") }
}
