import Catalogue
import Foundation
import RecommendationCore
import Testing

@testable import Features

struct FeatureCatalogueTests {
  private let day: Int64 = 86_400_000

  @Test func everyFeatureIsDeclaredOnceAndDescribed() {
    let references = FeatureCatalogue.declared.map(\.reference)
    #expect(Set(references).count == references.count)
    #expect(references.count >= 30)
    for declaration in FeatureCatalogue.declared {
      #expect(!declaration.description.isEmpty)
      #expect(FeatureCatalogue.declaration(declaration.reference)?.entity == declaration.entity)
    }
    for entity in FeatureEntity.allCases {
      #expect(FeatureCatalogue.declared.contains { $0.entity == entity })
    }
  }

  @Test func unknownFeaturesAreNamedInTheError() {
    let unknown = FeatureSet([FeatureReference(view: "user_taste", name: "shoe_size")])
    let error = #expect(throws: FeatureError.self) { try FeaturePlan.user(unknown) }
    #expect(error?.code == .unknownFeature)
    #expect(error?.message.contains("user_taste.shoe_size") == true)
    let newer = FeatureSet([FeatureReference(view: "item_content", name: "year", version: 9)])
    #expect(throws: FeatureError.self) { try FeaturePlan.items(newer) }
    let wrong = #expect(throws: FeatureError.self) {
      try FeaturePlan.user(FeatureCatalogue.itemFeatures)
    }
    #expect(wrong?.code == .wrongEntity)
  }

  private func engine() throws -> FeatureEngine {
    let catalogue = LiveCatalogue()
    try catalogue.apply(
      upserts: [
        Item(externalID: "a", title: "", categories: ["x", "y"], year: 1990, price: 0),
        Item(externalID: "b", title: "", categories: ["y"], year: 2000),
        Item(externalID: "c", title: "", categories: ["z"]),
      ], deletes: [], sequence: 1)
    var engine = FeatureEngine(catalogue: catalogue.snapshot)
    let user = UserID(external: "u")
    engine.apply(
      Event(user: user, item: ItemID(external: "a"), type: .like, timeMilliseconds: 0))
    engine.apply(
      Event(user: user, item: ItemID(external: "b"), type: .view, timeMilliseconds: day))
    engine.apply(
      Event(user: user, item: ItemID(external: "c"), type: .impression, timeMilliseconds: day))
    return engine
  }

  private func userValue(_ view: String, _ name: String, at time: Int64) throws -> Float {
    let plan = try FeaturePlan.user(FeatureSet([FeatureReference(view: view, name: name)]))
    return try engine().userFeatures(UserID(external: "u"), plan, at: time)[0, 0]
  }

  private func value(_ item: String, _ view: String, _ name: String, at time: Int64) throws
    -> Float
  {
    let plan = try FeaturePlan.items(FeatureSet([FeatureReference(view: view, name: name)]))
    let ids = [ItemID(external: item)]
    return try engine().itemFeatures(ids, user: UserID(external: "u"), plan, at: time)[0, 0]
  }

  @Test func userFeaturesHaveTheirDeclaredMeaning() throws {
    #expect(try userValue("user_activity", "log_count", at: day) == Float(log1p(2.0)))
    let faded = try userValue("user_activity", "decayed_count_1d", at: 2 * day)
    #expect(abs(faded - Float(log1p(0.75))) < 1e-6)
    #expect(try userValue("user_activity", "mean_weight", at: day) == 0.75)
    #expect(try userValue("user_activity", "like_share", at: day) == 0.5)
    #expect(try userValue("user_activity", "days_since_last", at: 4 * day) == 3)
    #expect(try userValue("user_taste", "mean_year", at: day) == 1995)
    #expect(try userValue("user_taste", "deviation_year", at: day) == 5)
    #expect(try userValue("user_taste", "category_count", at: day) == Float(log1p(2.0)))
    #expect(try userValue("user_taste", "mean_log_price", at: day) == 0)
  }

  @Test func itemAndInteractionFeaturesHaveTheirDeclaredMeaning() throws {
    #expect(try value("a", "item_popularity", "log_count", at: day) == Float(log1p(1.0)))
    #expect(try value("b", "item_popularity", "days_since_first", at: 3 * day) == 2)
    #expect(try value("a", "item_content", "year", at: day) == 1990)
    #expect(try value("b", "affinity", "year_distance", at: day) == 5)
    // Shares: x holds like(1) faded by a day, y the same and the view (0.5).
    let faded = exp2(-1 / 90.0)
    let total = faded + faded + 0.5
    #expect(
      try value("b", "affinity", "main_category_share", at: day) == Float((faded + 0.5) / total))
    #expect(try value("a", "affinity", "category_sum", at: day) == 1)
    #expect(try value("a", "affinity", "recent_category_max", at: day) == 1)
    #expect(try value("a", "affinity", "recent_category_mean", at: day) == 0.75)
    #expect(try value("c", "affinity", "new_category_share", at: day) == 1)
  }

  @Test func presentMissingAndStaleAreDifferentAnswers() throws {
    let references = [
      FeatureReference(view: "user_activity", name: "log_count"),
      FeatureReference(view: "user_taste", name: "mean_year"),
    ]
    let plan = try FeaturePlan.user(FeatureSet(references))
    let engine = try engine()
    let known = engine.userFeatures(UserID(external: "u"), plan, at: 2 * day)
    #expect(known.isPresent(row: 0, column: 0) && !known.isStale(row: 0, column: 0))
    let unknown = engine.userFeatures(UserID(external: "nobody"), plan, at: 2 * day)
    #expect(!unknown.isPresent(row: 0, column: 0) && unknown[0, 0] == 0)
    #expect(!unknown.isPresent(row: 0, column: 1) && unknown[0, 1].isNaN)
    let late = engine.userFeatures(UserID(external: "u"), plan, at: 500 * day)
    #expect(late.isPresent(row: 0, column: 0) && late.isStale(row: 0, column: 0))
    let items = try FeaturePlan.items(
      FeatureSet([FeatureReference(view: "item_content", name: "year")]))
    let matrix = engine.itemFeatures(
      [ItemID(external: "a"), ItemID(external: "c"), ItemID(external: "none")],
      user: UserID(external: "u"), items, at: 500 * day)
    #expect((0..<3).map { matrix.isPresent(row: $0, column: 0) } == [true, false, false])
    // Facts never grow stale.
    #expect(!matrix.isStale(row: 0, column: 0))
  }
}
