import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf

/// A Recommend request that was checked whole, in core values.
final class AdmittedRequest: Sendable {
  /// Who the slate is for.
  enum Subject: Sendable {
    case user(UserID)
    /// The session's key (0: none was given) and what it looked at, newest first.
    case session(UserID, recentItems: [ItemID])
  }

  /// As it came.
  let message: Recsys_Gateway_V1_RecommendRequest
  let subject: Subject
  let context: RequestContext
  /// The context as other services get it.
  let contextMessage: Recsys_Common_V1_RequestContext
  /// The moment that the answer is for, Unix time in milliseconds.
  let now: Int64
  let count: Int
  let filter: ItemFilter
  /// The filter as other services get it: keys only.
  let filterMessage: Recsys_Common_V1_ItemFilter
  let excludesSeen: Bool
  /// Whether the request itself says that seen items are left out, so that no rule may bring one back.
  let insistsOnUnseen: Bool
  /// What was acted upon before this counts as unseen, Unix time in milliseconds; 0: nothing does.
  let seenAfter: Int64
  let diversity: Diversity
  let freshnessHalfLifeDays: Double
  let explain: Recsys_Gateway_V1_ExplainLevel
  let attributes: AttributeSelection
  /// Which of the policy's sources are asked.
  let sources: SourceSelection
  /// Whether the merged order of retrieval is wanted instead of the ranker's.
  let withoutRanking: Bool
  /// Of all that is drawn by chance for this request; equal for equal request ids.
  let seed: UInt64
  /// Where items drawn by chance go.
  let exploration: Policy.Exploration
  /// Whether items drawn by chance are put into this slate.
  let explores: Bool
  let requestID: String
  /// Names the request apart from its cursor and id: a cursor holds for one of these only.
  let fingerprint: UInt64
  /// The page before, if there was one.
  let cursor: PageCursor?

  /// Items of the pages before.
  var shown: [ItemID] { cursor?.shown ?? [] }

  /// Checks a request.
  ///
  /// - Parameter cursorKey: what cursors are signed with; nil: the request may have none.
  /// - Throws: INVALID_ARGUMENT that names every field at fault.
  init(
    _ proto: Recsys_Gateway_V1_RecommendRequest, policy: Policy, now arrival: Int64,
    cursorKey: CursorKey? = nil, newRequestID: () -> String
  ) throws {
    var checks = FieldChecks()
    message = proto
    subject = Self.subject(proto, &checks)
    context = checks.within("context") { RequestContext(proto: proto.context, &$0) }
    checks.require(
      proto.count <= Limits.slateCount, "count", "must be from 1 to \(Limits.slateCount)")
    count = proto.count == 0 ? policy.defaultCount : Int(proto.count)
    filter = checks.within("filter") { ItemFilter(proto: proto.filter, from: .client, &$0) }
    excludesSeen = proto.hasExcludeSeen ? proto.excludeSeen : true
    insistsOnUnseen = proto.hasExcludeSeen && proto.excludeSeen
    freshnessHalfLifeDays = policy.freshnessHalfLifeDays
    checks.require(
      proto.seenAgainAfterDays <= 36_500, "seen_again_after_days", "must be at most 36500")
    diversity = checks.within("diversity") {
      Diversity(proto.diversity, policy: policy.diversity, &$0)
    }
    if case .UNRECOGNIZED = proto.explain {
      checks.refuse("explain", "is not a known level")
    }
    explain = proto.explain
    attributes = AttributeSelection(proto.returnAttributes, &checks)
    sources = SourceSelection(proto.sources, policy: policy, &checks)
    withoutRanking = proto.withoutRanking
    checks.text(proto.requestID, "request_id", limit: Limits.requestIDBytes)
    fingerprint = Self.fingerprint(proto)
    cursor = Self.cursor(
      proto.cursor, key: cursorKey, fingerprint: fingerprint, now: arrival, &checks)
    try checks.finish()
    requestID = proto.requestID.isEmpty ? newRequestID() : proto.requestID
    seed = entityKey(requestID)
    exploration = policy.exploration
    explores = sources.isWhole && policy.exploration.isDrawn(seed: seed)
    now = context.timeMilliseconds ?? arrival
    let days =
      proto.hasSeenAgainAfterDays ? Int(proto.seenAgainAfterDays) : policy.seenAgainAfterDays
    seenAfter = days == 0 ? 0 : max(0, now - Int64(days) * 86_400_000)
    contextMessage = context.proto
    filterMessage = filter.proto
  }

  private static func subject(
    _ proto: Recsys_Gateway_V1_RecommendRequest, _ checks: inout FieldChecks
  ) -> Subject {
    switch proto.subject.kind {
    case .userID(let id):
      checks.within("subject") { _ = $0.requiredID(id, "user_id") }
      return .user(UserID(external: id))
    case .session(let session):
      checks.within("subject.session") { checks in
        checks.text(session.sessionID, "session_id", limit: Limits.externalIDBytes)
        checks.ids(session.recentItemIds, "recent_item_ids", limit: Limits.sessionItemCount)
      }
      return .session(
        session.sessionID.isEmpty ? UserID(rawValue: 0) : UserID(session: session.sessionID),
        recentItems: session.recentItemIds.map { ItemID(external: $0) }.withoutRepeats())
    case nil:
      checks.refuse("subject", "is required: user_id or session")
      return .session(UserID(rawValue: 0), recentItems: [])
    }
  }

  private static func fingerprint(_ proto: Recsys_Gateway_V1_RecommendRequest) -> UInt64 {
    var bare = proto
    bare.cursor = ""
    bare.requestID = ""
    bare.noCache = false
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    var hash = StableHash()
    if let bytes: [UInt8] = try? bare.serializedBytes(options: options) {
      bytes.withUnsafeBytes { hash.combine(bytes: $0) }
    }
    return hash.finalized()
  }

  private static func cursor(
    _ text: String, key: CursorKey?, fingerprint: UInt64, now: Int64, _ checks: inout FieldChecks
  ) -> PageCursor? {
    guard !text.isEmpty else { return nil }
    guard let cursor = key.flatMap({ PageCursor(text: text, key: $0) }) else {
      checks.refuse(
        "cursor", key == nil ? "has no place here" : "is not a cursor of this service")
      return nil
    }
    checks.require(
      cursor.requestFingerprint == fingerprint, "cursor",
      "belongs to another request: all but cursor and request_id must be as they were")
    checks.require(cursor.expiresMilliseconds > now, "cursor", "has expired: start anew")
    return cursor
  }
}
