import ArgumentParser

/// The suite's command line.
struct RecsysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recsys",
    abstract: "Data, training, evaluation and running of the recsys suite.",
    discussion: """
      A first look:  recsys demo --small --once
      Real films:    recsys demo --movielens DIR
      Step by step:  recsys import --movielens DIR; recsys train; recsys features materialize; recsys up
      """,
    subcommands: [
      DemoCommand.self, ImportCommand.self, SimulateCommand.self, DatasetCommand.self,
      TrainCommand.self, EvaluateCommand.self, ModelsCommand.self, FeaturesCommand.self,
      UpCommand.self, RecommendCommand.self, SimilarCommand.self, EventsCommand.self,
      WhyCommand.self, ReplayCommand.self, BatchCommand.self, LoadTestCommand.self,
      RulesCommand.self, FitPredictCommand.self, FitScoreCommand.self, FitRankCommand.self,
      CompareCommand.self, KindsCommand.self,
    ])
}
