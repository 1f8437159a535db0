import Datasets
import Foundation
import RecommendationCore
import SyntheticWorld
import TestSupport

@testable import PipelineJobs

/// Small data for tests of jobs.
enum TinyData {
  static let world = WorldConfiguration(seed: 4, items: 120, users: 160, imagePixels: 0)

  /// A state folder with a tiny world in it.
  static func state() async throws -> (TemporaryDirectory, StateFolder) {
    let folder = try TemporaryDirectory("pipeline")
    let state = StateFolder(folder.path("var"))
    _ = try await WorldJob(configuration: world).run(
      into: state, progress: ProgressPrinter(quiet: true))
    return (folder, state)
  }

  /// Users who each act on every item once, one after the other, with impressions a moment before.
  static func dataset(users: Int, items: Int) -> Dataset {
    var acts = InteractionTable()
    var shown = InteractionTable()
    for user in 0..<users {
      for item in 0..<items {
        let time = Int64(1000 * item + user)
        shown.append(
          user: Int32(user), item: Int32(item), type: .impression, value: 1,
          timeMilliseconds: time - 1)
        acts.append(
          user: Int32(user), item: Int32(item), type: .like, value: 0, timeMilliseconds: time)
      }
    }
    acts.sortByTime()
    shown.sortByTime()
    var dataset = Dataset(
      name: "toy", users: (0..<users).map { DatasetUser(externalID: "u\($0)") },
      items: (0..<items).map { Item(externalID: "i\($0)", title: "Item \($0)") },
      interactions: acts, impressions: shown)
    HoldoutSplit().apply(to: &dataset)
    return dataset
  }
}
