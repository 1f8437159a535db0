internal import CGRPC

/// Counts of the transport's native objects that live now, for leak tests.
package enum LiveHandles {
  /// A kind of native object.
  package enum Kind: CaseIterable, Sendable {
    case server, serverCall, channel, clientCall, queue, pool, slice

    var native: cgrpc_kind {
      switch self {
      case .server: CGRPC_KIND_SERVER
      case .serverCall: CGRPC_KIND_SERVER_CALL
      case .channel: CGRPC_KIND_CHANNEL
      case .clientCall: CGRPC_KIND_CLIENT_CALL
      case .queue: CGRPC_KIND_QUEUE
      case .pool: CGRPC_KIND_POOL
      case .slice: CGRPC_KIND_SLICE
      }
    }
  }

  /// How many of a kind live now.
  package static func count(_ kind: Kind) -> Int { Int(cgrpc_live_count(kind.native)) }

  /// Blocks until none of a kind lives, or the time is up; true when none lives.
  package static func awaitNone(_ kind: Kind, within time: Duration) -> Bool {
    cgrpc_live_await_none(kind.native, time.wholeMilliseconds)
  }
}
