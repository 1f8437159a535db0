import Foundation
import PipelineJobs
import SyntheticWorld

/// The state folder that the suite is measured on: made once, kept under `.build/bench`.
struct BenchmarkState {
  let folder: StateFolder

  /// Grows when what is made changes.
  private static let version = 2

  /// The folder that the options name or describe, ready.
  init(_ options: BenchmarkOptions, progress: ProgressPrinter) async throws {
    if let path = options.state {
      folder = StateFolder(path)
      return
    }
    let name = options.movielens == nil ? "world" : "movielens"
    folder = StateFolder(Self.build.appendingPathComponent("bench/gateway-\(name)").path)
    let receipt = URL(fileURLWithPath: folder.root + "/bench-receipt.txt")
    let inputs = Self.inputs(options)
    if let made = try? String(contentsOf: receipt, encoding: .utf8), made == inputs {
      progress.say("using \(folder.root)")
      return
    }
    progress.say("making \(folder.root); later runs use it again")
    if FileManager.default.fileExists(atPath: folder.root) {
      try FileManager.default.removeItem(atPath: folder.root)
    }
    try FileManager.default.createDirectory(
      atPath: folder.root, withIntermediateDirectories: true)
    if let source = options.movielens {
      _ = try ImportJob(source: .movieLens(directory: source)).run(into: folder, progress: progress)
    } else {
      // 12,000 items, 20,000 users. Pictures would take long, and nothing here looks at them.
      var world = WorldConfiguration.full
      world.imagePixels = 0
      _ = try await WorldJob(configuration: world).run(into: folder, progress: progress)
    }
    // As many trees and features as the aim speaks of, whether or not they help.
    var training = TrainJob.Options()
    training.rounds = 300
    training.keepsAllRounds = true
    training.keepsAllFeatures = true
    _ = try TrainJob(options: training).run(in: folder, progress: progress)
    _ = try MaterializeJob().run(in: folder, progress: progress)
    try Data(inputs.utf8).write(to: receipt)
  }

  private static func inputs(_ options: BenchmarkOptions) -> String {
    let sizes = options.movielens.map { directory in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      return names.sorted().map { name in
        let path = "\(directory)/\(name)"
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? nil
        return "\(path):\(size ?? -1)"
      }.joined(separator: "\n")
    }
    return "version \(version)\n\(sizes ?? "world")\n"
  }

  /// `.build`, where the benchmark's own program lies in a folder of the configuration.
  private static var build: URL {
    ChildProgram.folder.deletingLastPathComponent().lastPathComponent == ".build"
      ? ChildProgram.folder.deletingLastPathComponent()
      : ChildProgram.folder.deletingLastPathComponent().deletingLastPathComponent()
  }
}
