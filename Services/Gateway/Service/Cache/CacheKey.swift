import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf

/// A request apart from what does not matter for its slate: its id, and where it stands in the pages.
///
/// Whole requests are compared, never their hashes only: nobody gets another's slate.
struct CacheKey: Sendable, Hashable {
  /// The request, in deterministic bytes.
  let bytes: [UInt8]
  /// Spreads keys over shards, and names them in Redis.
  let hash: UInt64
  /// Whose state the slate depends on; 0 each where it depends on nobody's.
  let userKey: UInt64
  let sessionKey: UInt64

  /// The key of a request; nil for one that must be answered anew: a later page, or one that asks for it.
  init?(_ request: Recsys_Gateway_V1_RecommendRequest) {
    guard !request.noCache, request.cursor.isEmpty else { return nil }
    var bare = request
    bare.requestID = ""
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    guard let bytes: [UInt8] = try? bare.serializedBytes(options: options) else { return nil }
    self.bytes = bytes
    var hash = StableHash()
    bytes.withUnsafeBytes { hash.combine(bytes: $0) }
    self.hash = hash.finalized()
    switch request.subject.kind {
    case .userID(let id):
      (userKey, sessionKey) = (UserID(external: id).rawValue, 0)
    case .session(let session):
      let id = session.sessionID
      (userKey, sessionKey) = (0, id.isEmpty ? 0 : UserID(session: id).rawValue)
    case nil: return nil
    }
  }

  /// Whether the slate depends on a recorded state.
  var hasState: Bool { userKey != 0 || sessionKey != 0 }

  static func == (left: CacheKey, right: CacheKey) -> Bool {
    left.hash == right.hash && left.bytes == right.bytes
  }

  func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
