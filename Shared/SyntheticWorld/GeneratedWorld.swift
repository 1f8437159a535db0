public import Datasets
import Foundation
import Images
import RecommendationCore

/// A world: a dataset, and the truth behind it.
public struct GeneratedWorld: Sendable {
  /// Which one.
  public let configuration: WorldConfiguration
  /// What can be seen of it.
  public var dataset: Dataset
  /// What cannot.
  public let truth: TrueRelevance
  private let categories: [Int]

  /// How far the making has come: what is being made, and the share done.
  public typealias Progress = @Sendable (_ stage: String, _ done: Int, _ total: Int) -> Void

  /// Makes a world on all cores. Equal configurations make equal worlds, whatever the number of cores.
  public static func make(
    _ configuration: WorldConfiguration, progress: Progress? = nil
  ) async -> GeneratedWorld {
    let items = ItemFactory(configuration: configuration).make()
    let users = UserFactory(configuration: configuration).make()
    let truth = TrueRelevance(
      userTastes: users.tastes, userThrift: users.thrift, userLogBudgets: users.logBudgets,
      itemTastes: items.tastes, itemQuality: items.quality, itemLogPrices: items.logPrices)
    let simulator = SessionSimulator(
      configuration: configuration, truth: truth, launchDays: items.launchDays,
      categories: items.categories, activity: users.activity)
    let parts = await inParallel(count: configuration.users, chunk: 256) { range in
      range.map { simulator.simulate(user: $0) }
    } progress: {
      progress?("sessions", $0, configuration.users)
    }
    var interactions = InteractionTable()
    var impressions = InteractionTable()
    for part in parts.joined() {
      interactions.append(contentsOf: part.interactions)
      impressions.append(contentsOf: part.impressions)
    }
    interactions.sortByTime()
    impressions.sortByTime()
    return GeneratedWorld(
      configuration: configuration,
      dataset: Dataset(
        name: "world-\(configuration.items)x\(configuration.users)-seed\(configuration.seed)",
        users: users.users, items: items.items, interactions: interactions,
        impressions: impressions), truth: truth, categories: items.categories)
  }

  /// Writes the dataset, the pictures (`images/`) and the truth (`truth.safetensors`) to a folder.
  ///
  /// - Returns: the dataset's manifest.
  @discardableResult
  public func write(
    to directory: String, split: HoldoutSplit?, progress: Progress? = nil
  ) async throws -> DatasetManifest {
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      try truth.write(to: directory + "/truth.safetensors")
    } catch {
      throw DatasetError(.file, "cannot write the world to \(directory)", cause: error)
    }
    try await writeImages(to: directory + "/images", progress: progress)
    var report = ValidationReport()
    report.rowsRead = dataset.interactions.count
    report.rowsKept = dataset.interactions.count
    return try DatasetStore(directory: directory).write(
      dataset, report: report, split: split.map { .lastItems($0) })
  }

  private func writeImages(to directory: String, progress: Progress?) async throws {
    guard configuration.imagePixels > 0 else { return }
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let painter = ItemPainter(pixels: configuration.imagePixels)
    let failures = await Self.inParallel(count: dataset.items.count, chunk: 128) { range in
      range.compactMap { row -> (any Error)? in
        let image = painter.draw(truth.itemTastes[row], category: categories[row])
        let path = "\(directory)/\(ItemFactory.identifier(row)).png"
        do { try PNGFile.write(image, to: path) } catch { return error }
        return nil
      }
    } progress: {
      progress?("pictures", $0, dataset.items.count)
    }
    if let failure = failures.joined().first { throw failure }
  }

  /// Runs ranges of work side by side; results come in the order of the ranges.
  private static func inParallel<Result: Sendable>(
    count: Int, chunk: Int, _ work: @escaping @Sendable (Range<Int>) -> Result,
    progress: (Int) -> Void
  ) async -> [Result] {
    await withTaskGroup(of: (Int, Result).self) { group in
      let starts = Array(stride(from: 0, to: count, by: chunk))
      for (index, start) in starts.enumerated() {
        group.addTask { (index, work(start..<min(start + chunk, count))) }
      }
      var results = [Result?](repeating: nil, count: starts.count)
      var done = 0
      for await (index, result) in group {
        results[index] = result
        done += 1
        progress(min(done * chunk, count))
      }
      return results.compactMap { $0 }
    }
  }
}
