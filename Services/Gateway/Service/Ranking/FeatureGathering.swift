import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// Asks the Feature service for what a ranker wants. Matrices go on to the ranker as they came: only their shape
/// is looked at.
struct FeatureGathering: Sendable {
  let client: FeatureClient
  let historyLimit: Int

  /// The user, with the features that the ranker wants, if it is known which.
  func user(for query: RecommendQuery, ranker: RankerDescription?, timeout: Duration) async throws
    -> UserState
  {
    let request = query.request
    var message = Recsys_Features_V1_GetUserRequest()
    switch request.subject {
    case .user(let user): message.userKey = user.rawValue
    case .session(let session, let recentItems):
      message.sessionKey = session.rawValue
      message.recentItemKeys = recentItems.map(\.rawValue)
    }
    if let ranker { message.features.fingerprint = ranker.userFeatures.fingerprint }
    message.historyLimit = UInt32(clamping: historyLimit)
    message.includeSeen = true
    message.timeMs = request.now
    message.seenAfterMs = request.seenAfter
    let response = try await Self.naming(ranker?.userFeatures, timeout) { features, left in
      if let features { message.features = features }
      return try await client.getUser(message, options: CallOptions(timeout: left))
    }
    if let ranker {
      try Self.check(response.features, rows: 1, of: ranker.userFeatures, "user")
    }
    guard response.history.itemKeys.count == response.history.weights.count,
      response.history.itemKeys.count == response.history.timesMs.count
    else {
      throw GatewayError(.malformedAnswer, "the history's columns differ in length")
    }
    return UserState(
      features: ranker == nil ? nil : response.features, history: response.history,
      seen: response.seenItemKeys, version: response.stateVersion,
      storeIdentity: response.storeIdentity)
  }

  /// Item and interaction features, a row a candidate.
  func items(
    _ candidates: [SlateCandidate], for query: RecommendQuery, ranker: RankerDescription,
    timeout: Duration
  ) async throws -> Recsys_Common_V1_Matrix {
    let request = query.request
    var message = Recsys_Features_V1_GetItemsRequest()
    message.itemKeys = candidates.map(\.id.rawValue)
    message.features.fingerprint = ranker.itemFeatures.fingerprint
    switch request.subject {
    case .user(let user): message.userKey = user.rawValue
    case .session(let session, let recentItems):
      message.sessionKey = session.rawValue
      message.recentItemKeys = recentItems.map(\.rawValue)
    }
    message.timeMs = request.now
    let response = try await Self.naming(ranker.itemFeatures, timeout) { features, left in
      if let features { message.features = features }
      return try await client.getItems(message, options: CallOptions(timeout: left))
    }
    try Self.check(
      response.features, rows: candidates.count, of: ranker.itemFeatures, "item")
    return response.features
  }

  /// Asks with the features' fingerprint alone; where the service does not know it (the first time, or since it
  /// came up anew), once more with the names.
  ///
  /// - Parameter ask: makes the call, with the features to name, if any, and the time it may take.
  private static func naming<Response>(
    _ features: Recsys_Common_V1_FeatureSet?, _ timeout: Duration,
    _ ask: (Recsys_Common_V1_FeatureSet?, Duration) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    do {
      return try await ask(nil, timeout)
    } catch let error as RPCError
      where features != nil && error.reason == FeatureSetReasons.unknown
    {
      return try await ask(features, max(.zero, timeout - start.duration(to: .now)))
    }
  }

  /// How popular items are: ln(1 + acts), in their order.
  func logCounts(of items: [UInt64], at now: Int64, timeout: Duration) async throws -> [Float] {
    var message = Recsys_Features_V1_GetItemsRequest()
    message.itemKeys = items
    message.features = Self.logCount
    message.timeMs = now
    let response = try await client.getItems(message, options: CallOptions(timeout: timeout))
    try Self.check(response.features, rows: items.count, of: Self.logCount, "popularity")
    return try FeatureMatrix(proto: response.features).values
  }

  /// The feature of popularity.
  static let logCount = FeatureSet([
    FeatureReference(view: "item_popularity", name: "log_count")
  ]).proto

  private static func check(
    _ matrix: Recsys_Common_V1_Matrix, rows: Int, of features: Recsys_Common_V1_FeatureSet,
    _ name: String
  ) throws {
    let columns = features.features.count
    guard columns > 0 else { return }
    guard matrix.rows == rows, matrix.columns == columns,
      matrix.values.count == rows * columns * 4,
      matrix.schemaFingerprint == 0 || matrix.schemaFingerprint == features.fingerprint
    else {
      throw GatewayError(
        .malformedAnswer, "the \(name) features are not \(rows) x \(columns) of what was asked")
    }
  }
}
