import Catalogue
import Features
import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// Answers GetUser, GetItems and ListFeatures.
struct ReadHandler: Sendable {
  /// Rows beyond which a read goes to the compute pool: some 200 ns a row and feature set.
  private static let inlineRows = 1_000

  let store: any OnlineStore
  let pool: ComputePool
  let clock: @Sendable () -> Int64
  private let userPlans = FeaturePlans { try FeaturePlan.user($0) }
  private let itemPlans = FeaturePlans { try FeaturePlan.items($0) }

  init(store: any OnlineStore, pool: ComputePool, clock: @escaping @Sendable () -> Int64) {
    self.store = store
    self.pool = pool
    self.clock = clock
  }

  func getUser(
    _ request: Recsys_Features_V1_GetUserRequest
  ) async throws -> Recsys_Features_V1_GetUserResponse {
    var checks = FieldChecks()
    checks.keys(request.recentItemKeys, "recent_item_keys", limit: Limits.recentItemCount)
    checks.range(request.historyLimit, "history_limit", 0...UInt32(Limits.historyCount))
    let time = Moment(request.timeMs, clock: clock, &checks).milliseconds
    try checks.finish()
    let plan = try userPlans.plan(request.features)
    return try await FeatureErrors.mapping {
      let subject = try await Subject.read(
        from: store, userKey: request.userKey, sessionKey: request.sessionKey,
        recentItemKeys: request.recentItemKeys, at: time)
      var response = Recsys_Features_V1_GetUserResponse()
      if !plan.features.features.isEmpty {
        response.features = plan.read(subject.state, at: time)
          .proto(fingerprint: plan.features.fingerprint)
      }
      let limit = request.historyLimit == 0 ? 500 : Int(request.historyLimit)
      response.history = subject.state.history.newest(limit).proto
      if request.includeSeen {
        response.seenItemKeys = subject.state.history.items(since: request.seenAfterMs)
      }
      response.stateVersion = subject.version
      response.known = subject.version > 0
      response.storeIdentity = store.identity
      return response
    }
  }

  func getItems(
    _ request: Recsys_Features_V1_GetItemsRequest
  ) async throws -> Recsys_Features_V1_GetItemsResponse {
    var checks = FieldChecks()
    checks.count(
      request.itemKeys.count, "item_keys", atLeast: 1, atMost: Limits.candidateCount)
    checks.require(
      request.features.fingerprint != 0 || !request.features.features.isEmpty, "features",
      "must name at least one feature")
    checks.keys(request.recentItemKeys, "recent_item_keys", limit: Limits.recentItemCount)
    let time = Moment(request.timeMs, clock: clock, &checks).milliseconds
    try checks.finish()
    let plan = try itemPlans.plan(request.features)
    return try await FeatureErrors.mapping {
      let subject = try await Subject.read(
        from: store, userKey: request.userKey, sessionKey: request.sessionKey,
        recentItemKeys: request.recentItemKeys, at: time)
      let counters = try await store.counters()
      let catalogue = store.catalogue.snapshot
      let keys = request.itemKeys
      let read = { @Sendable () -> Recsys_Features_V1_GetItemsResponse in
        let items = keys.map(ItemID.init(rawValue:))
        var missing: [ItemID] = []
        var response = Recsys_Features_V1_GetItemsResponse()
        response.features = plan.read(
          items, user: subject.state, catalogue: catalogue, counters: counters, at: time,
          missing: &missing
        ).proto(fingerprint: plan.features.fingerprint)
        response.missingItemKeys = missing.map(\.rawValue)
        return response
      }
      return keys.count <= Self.inlineRows ? read() : try await pool.run(read)
    }
  }

  func listFeatures() -> Recsys_Features_V1_ListFeaturesResponse {
    var response = Recsys_Features_V1_ListFeaturesResponse()
    response.features = FeatureCatalogue.declared.map { declaration in
      var message = Recsys_Features_V1_FeatureDeclaration()
      message.reference = declaration.reference.proto
      message.entity =
        switch declaration.entity {
        case .user: .user
        case .item: .item
        case .interaction: .interaction
        }
      message.description_p = declaration.description
      message.defaultValue = declaration.defaultValue
      message.freshnessLimitSeconds = declaration.freshnessLimitSeconds
      return message
    }
    return response
  }
}
