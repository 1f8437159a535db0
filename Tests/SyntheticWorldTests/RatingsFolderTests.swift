import Datasets
import Foundation
import RecommendationCore
import TestSupport
import Testing

@testable import SyntheticWorld

@Suite struct RatingsFolderTests {
  static let small = RatingsConfiguration(seed: 5, rows: 6_000, users: 90, items: 300)

  private func made(_ configuration: RatingsConfiguration) throws -> (TemporaryDirectory, String) {
    let folder = try TemporaryDirectory("ratings")
    try RatingsFolder(configuration).write(to: folder.path("ml"))
    return (folder, folder.path("ml"))
  }

  @Test func exactlySoManyRatingsAreMadeAndEachUserRatesAnItemOnce() throws {
    let (folder, path) = try made(Self.small)
    defer { withExtendedLifetime(folder) {} }
    let text = try String(contentsOfFile: path + "/ratings.csv", encoding: .utf8)
    let lines = text.split(separator: "\n")
    #expect(lines.first == "userId,movieId,rating,timestamp")
    #expect(lines.count == 6_001)
    let rows = lines.dropFirst().map { $0.split(separator: ",").map(String.init) }
    let users = rows.compactMap { Int($0[0]) }
    #expect(users.count == 6_000)
    #expect(zip(users, users.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(Set(users) == Set(1...90))
    #expect(Set(rows.map { $0[0] + "," + $0[1] }).count == 6_000)
    #expect(rows.allSatisfy { row in Double(row[2]).map { (0.5...5).contains($0) } ?? false })
  }

  @Test func theReaderFindsNothingWrongWithIt() throws {
    let (folder, path) = try made(Self.small)
    defer { withExtendedLifetime(folder) {} }
    let (dataset, report) = try DatasetReader.movieLens(path)
    #expect(!report.failsStrictRun)
    #expect(dataset.interactions.count == 6_000)
    #expect(dataset.users.count == 90)
    #expect(dataset.items.count == 300)
    #expect(dataset.items.allSatisfy { !$0.categories.isEmpty && $0.year != nil })
  }

  @Test func popularItemsComeAsOftenAsZipfSays() throws {
    // Far more items than a user rates: repeats hardly matter, and the law can be held to the counts.
    let configuration = RatingsConfiguration(
      seed: 2, rows: 40_000, users: 8_000, items: 2_000, shift: 10)
    let plan = RatingsPlan(configuration)
    var maker = UserRatings(plan)
    var ranks: [Int32: Int] = [:]
    for (rank, number) in plan.numbers.enumerated() { ranks[number] = rank }
    var counts = [Int](repeating: 0, count: 2_000)
    for user in 0..<8_000 {
      maker.make(user: user)
      for rating in maker.ratings { counts[try #require(ranks[rating.item])] += 1 }
    }
    let weights = (1...2_000).map { 1 / (Double($0) + 10) }
    let total = weights.reduce(0, +)
    for range in [0..<10, 10..<100, 100..<500, 500..<2_000] {
      let expected = weights[range].reduce(0, +) / total
      let seen = Double(counts[range].reduce(0, +)) / 40_000
      #expect(abs(seen - expected) < 0.15 * expected, "\(range): \(seen), not \(expected)")
    }
  }

  @Test func aFileDependsOnTheSeedAlone() throws {
    var other = Self.small
    other.seed = 6
    let files = try [Self.small, Self.small, other].map {
      let (folder, path) = try made($0)
      defer { withExtendedLifetime(folder) {} }
      return try Data(contentsOf: URL(fileURLWithPath: path + "/ratings.csv"))
    }
    #expect(files[0] == files[1])
    #expect(files[0] != files[2])
  }

  @Test func whatCannotBeMadeIsRefused() {
    for bad in [
      RatingsConfiguration(rows: 10, users: 20, items: 100),
      RatingsConfiguration(rows: 1_001, users: 20, items: 100),
      RatingsConfiguration(rows: 100, users: 0, items: 100),
      RatingsConfiguration(rows: 100, users: 20, items: 100, exponent: .nan),
    ] {
      #expect(throws: DatasetError.self) { try RatingsFolder(bad) }
    }
  }

  @Test func usersOfAFullPlanRateHalfOfTheItems() {
    let plan = RatingsPlan(RatingsConfiguration(rows: 1_000, users: 20, items: 100))
    #expect(plan.counts == [Int32](repeating: 50, count: 20))
    var maker = UserRatings(plan)
    maker.make(user: 3)
    #expect(Set(maker.ratings.map(\.item)).count == 50)
  }
}
