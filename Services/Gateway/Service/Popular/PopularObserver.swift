import RecommendationCore
import StagePipeline

/// Learns popular items from good slates, while there is no better list.
struct PopularObserver: SideEffect {
  let popular: PopularItems

  func isEnabled(for query: RecommendQuery) -> Bool {
    !popular.isRefreshed && query.request.filter.isEmpty
  }

  func run(_ result: PipelineResult<RecommendQuery, SlateCandidate>) async throws {
    if result.degradations.isEmpty { popular.observe(result.slate.map(\.id)) }
  }
}
