import Artifacts
import Foundation
import RecommendationCore
import TestSupport
import Testing

@testable import Models

@Suite struct ItemNeighboursTests {
  private func id(_ item: Int) -> ItemID { ItemID(rawValue: UInt64(item)) }

  /// Random acts: users 1...40, items 1...25, some of them not liked.
  private func acts(seed: UInt64) -> (
    users: [UserID], items: [ItemID], weights: [Float], times: [Int64]
  ) {
    var random = SeededGenerator(seed: seed)
    var acts = (users: [UserID](), items: [ItemID](), weights: [Float](), times: [Int64]())
    for _ in 0..<600 {
      acts.users.append(UserID(rawValue: UInt64.random(in: 1...40, using: &random)))
      acts.items.append(id(Int.random(in: 1...25, using: &random)))
      acts.weights.append([-1, 0.3, 0.5, 1].randomElement(using: &random) ?? 1)
      acts.times.append(Int64.random(in: 0...100_000, using: &random))
    }
    return acts
  }

  @Test func coLikedNeighboursAreTheShrunkCosinesOfTheDefinition() throws {
    let acts = acts(seed: 3)
    let configuration = ItemNeighboursConfiguration(neighbourCount: 6, shrinkage: 4)
    let model = try ItemNeighbours.fit(
      Interactions(users: acts.users, items: acts.items, weights: acts.weights),
      configuration: configuration)
    var fans: [ItemID: Set<UserID>] = [:]
    for index in acts.users.indices where acts.weights[index] > 0 {
      fans[acts.items[index], default: []].insert(acts.users[index])
    }
    for (item, mine) in fans {
      let wanted = fans.filter { $0.key != item }.compactMap { other, theirs -> (ItemID, Float)? in
        let both = Float(mine.intersection(theirs).count)
        guard both > 0 else { return nil }
        return (
          other, both / (Float(mine.count) * Float(theirs.count)).squareRoot() * both / (both + 4)
        )
      }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.prefix(6)
      let found = model.neighbours(of: item)
      #expect(found.count == wanted.count)
      for (one, other) in zip(found, wanted) { #expect(abs(one.similarity - other.1) < 1e-5) }
    }
  }

  @Test func followersAreThoseWithinTheWindowOfEachLikersTime() throws {
    let acts = acts(seed: 4)
    let configuration = ItemNeighboursConfiguration(
      neighbourCount: 30, shrinkage: 2, popularityExponent: 0.3, window: 3)
    let model = try ItemNeighbours.fitSequence(
      users: acts.users, items: acts.items, weights: acts.weights, timesMilliseconds: acts.times,
      configuration: configuration)
    // Of several acts with one item the last counts.
    var last: [UserID: [ItemID: Int64]] = [:]
    for index in acts.users.indices where acts.weights[index] > 0 {
      let known = last[acts.users[index]]?[acts.items[index]] ?? .min
      last[acts.users[index], default: [:]][acts.items[index]] = max(known, acts.times[index])
    }
    var follows: [[ItemID]: Float] = [:]
    var counts: [ItemID: Float] = [:]
    for (_, items) in last {
      let order = items.sorted { $0.value < $1.value }.map(\.key)
      for (place, item) in order.enumerated() {
        counts[item, default: 0] += 1
        for next in order.dropFirst(place + 1).prefix(3) { follows[[item, next], default: 0] += 1 }
      }
    }
    for item in counts.keys {
      let found = model.neighbours(of: item)
      #expect(found.count == follows.keys.count { $0[0] == item })
      for (other, similarity) in found {
        let met = try #require(follows[[item, other]])
        let wanted =
          met / (powf(counts[item] ?? 0, 0.7) * powf(counts[other] ?? 0, 0.3)) * met / (met + 2)
        #expect(abs(similarity - wanted) < 1e-5)
      }
    }
  }

  @Test func aHistoryAddsUpWithTheNewestLoudest() throws {
    let model = try ItemNeighbours(
      relation: .coLiked, items: ItemRows(sorted: (1...4).map { id($0) }), starts: [0, 2, 3, 3, 3],
      neighbours: [2, 3, 3], similarities: [0.5, 0.25, 0.5],
      configuration: ItemNeighboursConfiguration(historyEntries: 2, historyHalfLife: 1))
    func ask(_ items: [Int], _ weights: [Float], except: Int = -1) -> RankedRows {
      model.nearest(
        to: History(
          items: items.map { id($0) }, weights: weights, timesMilliseconds: items.map { _ in 0 }),
        count: 10
      ) { $0 != except }
    }
    // Item 2 is newest: 0.5 to item 4; then item 1 at a half: 0.25 to item 3 and 0.125 to item 4.
    var found = ask([2, 1], [1, 1])
    #expect(found.rows == [3, 2] && found.scores == [0.625, 0.25])
    #expect(ask([2, 1], [1, 1], except: 3).rows == [2])
    // A dislike does not count, an unknown item is told, and only the newest two likes are looked at.
    found = ask([9, 2, 1], [1, -1, 1])
    #expect(found.missing == [id(9)] && found.usedEntries == 1 && found.scores == [0.5, 0.25])
    #expect(ask([3, 4, 2], [1, 1, 1]).rows.isEmpty)
    #expect(ask([], []).usedEntries == 0)
    #expect(ask([2], [.nan]).usedEntries == 0)
  }

  @Test func aModelComesBackFromItsBundleAndABrokenOneDoesNot() throws {
    let folder = try TemporaryDirectory("neighbours")
    let registry = ModelRegistry(root: folder.url.path)
    let acts = acts(seed: 5)
    for model in [
      try ItemNeighbours.fit(
        Interactions(users: acts.users, items: acts.items, weights: acts.weights)),
      try ItemNeighbours.fitSequence(
        users: acts.users, items: acts.items, weights: acts.weights,
        timesMilliseconds: acts.times),
    ] {
      let manifest = try model.publish(to: registry)
      let loaded = try ItemNeighbours(
        bundle: registry.open(kind: manifest.kind, version: manifest.version))
      #expect(loaded.relation == model.relation && loaded.starts == model.starts)
      #expect(loaded.neighbours == model.neighbours)
      #expect(loaded.similarities == model.similarities)
      #expect(loaded.configuration == model.configuration)
    }
    #expect(throws: ModelError.self) {
      try ItemNeighbours(
        relation: .coLiked, items: ItemRows(sorted: [id(1)]), starts: [0, 1], neighbours: [1],
        similarities: [1], configuration: .coLiked)
    }
  }

  @Test func heavyUsersAreLookedAtInPart() throws {
    let users = (0..<300).map { _ in UserID(rawValue: 1) }
    let items = (1...300).map { id($0) }
    var configuration = ItemNeighboursConfiguration.coLiked
    configuration.entriesPerUser = 30
    let model = try ItemNeighbours.fit(
      Interactions(users: users, items: items, weights: items.map { _ in 1 }),
      configuration: configuration)
    #expect(items.count { !model.neighbours(of: $0).isEmpty } == 30)
  }
}
