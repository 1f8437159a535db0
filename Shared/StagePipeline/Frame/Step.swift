/// A stage after the merge. A pipeline's steps run in the order in which they are listed.
public enum Step<Query: PipelineQuery, Candidate: PipelineCandidate>: Sendable {
  case filterStage(Stage<any CandidateFilter<Query, Candidate>>)
  case hydrateStage(Stage<any CandidateHydrator<Query, Candidate>>)
  case scoreStage(Stage<any CandidateScorer<Query, Candidate>>)
  case selectStage(Stage<any CandidateSelector<Query, Candidate>>)

  /// Drops candidates. A filter is a promise to the caller: when it fails, so does the request.
  public static func filter(
    _ name: String, _ filter: some CandidateFilter<Query, Candidate>
  ) -> Self {
    .filterStage(Stage(name, filter))
  }

  /// Adds to candidates.
  public static func hydrate(
    _ name: String, _ hydrator: some CandidateHydrator<Query, Candidate>,
    onFailure: FailurePolicy = .required, budget: StageBudget = .rest
  ) -> Self {
    .hydrateStage(Stage(name, hydrator, onFailure: onFailure, budget: budget))
  }

  /// Scores and sorts candidates.
  public static func score(
    _ name: String, _ scorer: some CandidateScorer<Query, Candidate>,
    onFailure: FailurePolicy = .required, budget: StageBudget = .rest
  ) -> Self {
    .scoreStage(Stage(name, scorer, onFailure: onFailure, budget: budget))
  }

  /// Picks the slate. Candidates are sorted before.
  public static func select(
    _ name: String, _ selector: some CandidateSelector<Query, Candidate>,
    onFailure: FailurePolicy = .required
  ) -> Self {
    .selectStage(Stage(name, selector, onFailure: onFailure))
  }

  /// The stage's name.
  var name: String {
    switch self {
    case .filterStage(let stage): stage.name
    case .hydrateStage(let stage): stage.name
    case .scoreStage(let stage): stage.name
    case .selectStage(let stage): stage.name
    }
  }
}
