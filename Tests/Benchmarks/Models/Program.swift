import ArgumentParser

#if RECSYS_NEURAL
  import NeuralModels
#endif

@main
enum Program {
  static func main() {
    #if RECSYS_NEURAL
      NeuralKinds.register()
    #endif
    BenchModels.main()
  }
}

/// Models on the public data sets.
struct BenchModels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-models",
    abstract: "Models on the public data sets, by their published protocols.",
    subcommands: [ModelsTable.self, ModelsBenchmark.self], defaultSubcommand: ModelsBenchmark.self)
}
