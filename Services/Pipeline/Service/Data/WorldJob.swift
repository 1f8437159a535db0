import Datasets
public import SyntheticWorld

/// Makes a world and stores it as a dataset, with its pictures and its truth.
public struct WorldJob: Sendable {
  /// Which world.
  public var configuration: WorldConfiguration
  /// How to hold out.
  public var split: HoldoutSplit

  /// A world.
  public init(configuration: WorldConfiguration, split: HoldoutSplit = HoldoutSplit()) {
    self.configuration = configuration
    self.split = split
  }

  /// Makes it.
  public func run(into state: StateFolder, progress: ProgressPrinter) async throws
    -> DatasetManifest
  {
    var world = await GeneratedWorld.make(configuration) { stage, done, total in
      progress.report("making \(stage)", done: done, total: total, unit: "users")
    }
    split.apply(to: &world.dataset)
    try state.create()
    return try await world.write(to: state.dataset.directory, split: split) { stage, done, total in
      progress.report("drawing \(stage)", done: done, total: total, unit: "items")
    }
  }
}
