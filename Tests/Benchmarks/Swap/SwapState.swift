import Artifacts
import Foundation
import PipelineJobs
import SyntheticWorld

/// A state folder with two rankers that read different features.
enum SwapState {
  /// Versions in the registry.
  struct Rankers: Sendable {
    var serving: String
    var challenger: String
  }

  /// What the other ranker does without: so its fingerprint, and what is gathered for it, are others.
  private static let leftOut = ["context.", "retrieval.trending"]
  private static let label = "challenger"

  /// A folder of this run's own.
  static func prepare(_ options: SwapOptions) throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("recsys-bench-swap-\(getpid())")
    guard let state = options.state else {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      return folder
    }
    try FileManager.default.copyItem(at: URL(fileURLWithPath: state), to: folder)
    return folder
  }

  static func remove(_ folder: URL) {
    do {
      try FileManager.default.removeItem(at: folder)
    } catch {
      FileHandle.standardError.write(Data("\(folder.path) is left behind: \(error)\n".utf8))
    }
  }

  /// Makes what is missing: a world, its models, and the other ranker.
  static func rankers(in state: StateFolder, _ options: SwapOptions) async throws -> Rankers {
    let progress = ProgressPrinter()
    if options.state == nil {
      var world = WorldConfiguration.small
      world.imagePixels = 0
      _ = try await WorldJob(configuration: world).run(into: state, progress: progress)
      _ = try TrainJob().run(in: state, progress: progress)
      try MaterializeJob().run(in: state, progress: progress)
    }
    var training = TrainJob.Options()
    training.leftOut = leftOut
    training.label = label
    _ = try TrainJob(options: training).run(in: state, progress: progress)
    return Rankers(
      serving: try state.registry.resolve(kind: "ranker", label: "production"),
      challenger: try state.registry.resolve(kind: "ranker", label: label))
  }
}
