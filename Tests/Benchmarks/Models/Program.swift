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
    ModelsBenchmark.main()
  }
}
