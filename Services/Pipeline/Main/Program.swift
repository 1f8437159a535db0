import ArgumentParser

#if RECSYS_NEURAL
  import NeuralModels
#endif

@main
enum Program {
  static func main() async {
    #if RECSYS_NEURAL
      // Before the command line is read: its help names the kinds.
      NeuralKinds.register()
    #endif
    await RecsysCommand.main()
  }
}
