import Foundation
import Artifacts
import RecommendationCore
import TestSupport
import Testing

@testable import Models

@Suite struct SegmentPopularityTests {
  private func id(_ item: Int) -> ItemID { ItemID(rawValue: UInt64(item)) }
  private let young = SegmentPopularity.people("age", "young")
  private let comedy = SegmentPopularity.category("Comedy")
  private let drama = SegmentPopularity.category("Drama")

  /// Users 1...30, of whom the first ten are young; items 1 and 2 comedies, 3 a drama.
  private func model(minimumPeople: Int = 10) throws -> SegmentPopularity {
    var acts: [SegmentPopularity.Act] = []
    for user in 1...30 {
      for item in 1...3 where user % (item + 1) == 0 || user <= 10 && item == 3 {
        acts.append(
          .init(
            user: UserID(rawValue: UInt64(user)), item: id(item), weight: 1,
            timeMilliseconds: 1_000))
      }
      acts.append(
        .init(
          user: UserID(rawValue: UInt64(user)), item: id(2), weight: -1, timeMilliseconds: 1_000))
    }
    // Half as old as the half-life says: counts more. What is after the moment does not count.
    acts.append(
      .init(user: UserID(rawValue: 20), item: id(2), weight: 1, timeMilliseconds: 11_000))
    acts.append(
      .init(user: UserID(rawValue: 20), item: id(1), weight: 99, timeMilliseconds: 11_001))
    var configuration = SegmentPopularity.Configuration(halfLife: .seconds(10))
    configuration.minimumPeople = minimumPeople
    return try SegmentPopularity.fit(
      acts, itemSegments: [id(1): [comedy], id(2): [comedy], id(3): [drama]],
      userSegments: Dictionary(
        uniqueKeysWithValues: (1...10).map { (UserID(rawValue: $0), [young]) }),
      at: 11_000, configuration: configuration)
  }

  @Test func sharesAreOfTheSegmentsBestAndFadeWithTime() throws {
    let model = try model()
    // 15 users like item 1 and 10 item 2, a half-life ago; one likes item 2 now.
    let found = model.ranked(by: [.init(segment: comedy, weight: 1)], count: 5) { _ in true }
    #expect(found.rows.map { model.items.ids[Int($0)] } == [id(1), id(2)])
    #expect(found.scores == [1, (10 * 0.5 + 1) / (15 * 0.5)])
    let both = model.ranked(
      by: [.init(segment: comedy, weight: 0.5), .init(segment: drama, weight: 2)], count: 1
    ) { _ in true }
    #expect(both.rows.map { model.items.ids[Int($0)] } == [id(3)] && both.scores == [2])
    #expect(model.ranked(by: [.init(segment: 1, weight: 1)], count: 5) { _ in true }.rows.isEmpty)
    #expect(
      model.ranked(by: [.init(segment: comedy, weight: 1)], count: 5) { $0 != 0 }.rows == [1])
  }

  @Test func smallSegmentsAreLeftOut() throws {
    #expect(try model(minimumPeople: 10).contains(young))
    #expect(try !model(minimumPeople: 11).contains(young))
    #expect(try model().strength(of: comedy) <= 1 && model().strength(of: 7) == 0)
  }

  @Test func whatTheContextNamesGoesBeforeTheHistory() throws {
    let model = try model()
    let history = History(items: [id(3), id(1)], weights: [1, 1], timesMilliseconds: [2, 1])
    func choose(_ context: [String: AttributeValue], _ history: History) -> [UInt64: Float] {
      let choice = SegmentChoice(context: context, history: history, model: model) {
        history.items[$0] == id(3) ? [drama] : [comedy]
      }
      return Dictionary(uniqueKeysWithValues: choice.segments.map { ($0.segment, $0.weight) })
    }
    let own = choose([:], history)
    #expect(own[drama] ?? 0 > own[comedy] ?? 0)
    #expect(abs(own.values.reduce(0, +) - 1) < 1e-6)
    #expect(choose(["category": .text("Comedy")], history) == [comedy: 1])
    #expect(choose(["age": .text("young")], History()) == [young: 1])
    #expect(
      choose(["age": .text("young"), "category": .text("Drama")], history)
        == [young: 0.5, drama: 0.5])
    #expect(choose(["age": .text("unheard")], History()).isEmpty)
    #expect(
      choose([:], History(items: [id(3)], weights: [-1], timesMilliseconds: [1])).isEmpty)
  }

  @Test func aModelComesBackFromItsBundle() throws {
    let folder = try TemporaryDirectory("segments")
    let registry = ModelRegistry(root: folder.url.path)
    let model = try model()
    let manifest = try model.publish(to: registry)
    let loaded = try SegmentPopularity(
      bundle: registry.open(kind: manifest.kind, version: manifest.version))
    for segment in [comedy, drama, young] {
      #expect(
        loaded.ranked(by: [.init(segment: segment, weight: 1)], count: 9) { _ in true }
          == model.ranked(by: [.init(segment: segment, weight: 1)], count: 9) { _ in true })
      #expect(loaded.strength(of: segment) == model.strength(of: segment))
    }
  }

  @Test func theNewestGoFirstAmongEquallyLikedCategories() throws {
    let day: Int64 = 86_400_000
    func release(_ item: Int, _ days: Int64, _ prior: Float) -> RecentReleases.Release {
      .init(item: id(item), timeMilliseconds: days * day, prior: prior)
    }
    let releases = try RecentReleases(
      [release(1, 0, 0.4), release(2, 10, 0.4), release(3, 10, 0.9), release(4, -400, 0.9)],
      halfLife: .seconds(86_400 * 10), limit: 3)
    let found = releases.newest(at: 20 * day, count: 9) { _ in true }
    #expect(found.rows.map { releases.items.ids[Int($0)] } == [id(3), id(2), id(1)])
    #expect(zip(found.scores, [Float(0.5), 0.25, 0.125]).allSatisfy { abs($0 - $1) < 1e-6 })
    // One that is still to come counts as of today.
    #expect(abs(releases.score(row: 2, at: 0) - 1) < 1e-6)
    #expect(RecentReleases.startOfYear(1970) == 0)
    #expect(RecentReleases.startOfYear(2000) == 946_684_800_000)
    #expect(RecentReleases.startOfYear(1969) == -365 * day)
    #expect(RecentReleases.startOfYear(2001) == 978_307_200_000)
    let far = Item(externalID: "x", title: "", year: .max)
    #expect(RecentReleases.release(of: far) == RecentReleases.startOfYear(100_000))
    #expect(RecentReleases.release(of: Item(externalID: "x", title: "")) == nil)
  }

  @Test func theLessExposedHalfIsFound() throws {
    let model = try ExposureModel.fit(
      exposed: [1, 1, 1, 2, 2, 3].map { id($0) })
    #expect(model.underExposed([1, 2, 3, 4].map { id($0) }) == [id(3), id(4)])
    #expect(model.underExposed([]).isEmpty)
  }
}
