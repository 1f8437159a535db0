import Catalogue
import Foundation
import RecommendationCore
import Testing

@testable import Features

struct FeatureReplayTests {
  @Test func aReadSeesTheEventsStrictlyBeforeItsMoment() throws {
    let log = RandomLog(seed: 2, users: 6, items: 30, events: 400)
    let catalogue = try log.catalogue()
    let plan = try FeaturePlan.user(FeatureCatalogue.userFeatures)
    let items = try FeaturePlan.items(FeatureCatalogue.itemFeatures)
    var replay = try FeatureReplay(events: log.events, catalogue: catalogue)
    for event in log.events {
      try replay.advance(to: event.timeMilliseconds)
      // The same from nothing, with the events that come before by their times.
      var engine = FeatureEngine(catalogue: catalogue)
      for past in log.events where past.timeMilliseconds < event.timeMilliseconds {
        engine.apply(past)
      }
      let time = event.timeMilliseconds
      #expect(
        replay.engine.userFeatures(event.user, plan, at: time).bits
          == engine.userFeatures(event.user, plan, at: time).bits)
      #expect(
        replay.engine.itemFeatures(log.itemIDs, user: event.user, items, at: time).bits
          == engine.itemFeatures(log.itemIDs, user: event.user, items, at: time).bits)
    }
    try replay.finish()
    #expect(replay.appliedCount == 400)
    #expect(throws: FeatureError.self) { try replay.advance(to: 0) }
  }

  @Test func eventsOutOfOrderAreRefused() throws {
    let log = RandomLog(seed: 2, users: 6, items: 30, events: 40)
    #expect(throws: FeatureError.self) {
      try FeatureReplay(events: log.events.reversed(), catalogue: try log.catalogue())
    }
  }
}
