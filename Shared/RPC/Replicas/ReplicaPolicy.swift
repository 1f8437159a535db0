/// How a channel uses the replicas of one service that its target lists: `host:port,host:port`.
///
/// Calls go round the replicas. One that cannot be reached, or that is far worse than its siblings, is left out
/// for a while; a read that is late gets a second call at a sibling. gRPC's C core knows none of the latter two.
public struct ReplicaPolicy: Sendable {
  /// Second calls for late reads; nil: none.
  public var hedging: HedgePolicy? = HedgePolicy()
  /// When a replica is left out; nil: only while it cannot be reached.
  public var outliers: OutlierPolicy? = OutlierPolicy()
  /// Learns what happens, for logs and metrics. Called on the call's thread: it must be short.
  public var onEvent: (@Sendable (ReplicaEvent) -> Void)?

  /// The default policy.
  public init() {}
}

/// When a read that is late gets a second call at another replica; the first answer wins, and the other call is
/// cancelled (Dean and Barroso, "The Tail at Scale", 2013).
public struct HedgePolicy: Sendable, Hashable {
  /// A call is late when it has taken longer than this share of the calls of its method so far.
  public var percentile = 0.95
  /// Second calls for each first one, at most, on average.
  public var budget = 0.05
  /// How many second calls may be saved up for a bad moment.
  public var burst = 10
  /// No second call earlier than this.
  public var minimumDelay: Duration = .milliseconds(1)
  /// Calls of a method to have seen before its first second call.
  public var minimumSamples = 100

  /// The default policy.
  public init() {}
}

/// When a replica is so much worse than its siblings that it is left out for a while. Never more than half of
/// the replicas are.
public struct OutlierPolicy: Sendable, Hashable {
  /// So many reads in a row that ran out of time, or that a second call overtook.
  public var silentCalls = 5
  /// How often error rates and mean latencies are compared.
  public var interval: Duration = .seconds(1)
  /// Calls in an interval below which a replica is not judged.
  public var minimumCalls = 20
  /// Its error rate is above its siblings' by so much.
  public var errorRateMargin = 0.2
  /// Its mean latency is so many times its siblings', ...
  public var latencyFactor = 3.0
  /// ... and above it by so much.
  public var latencyMargin: Duration = .milliseconds(5)
  /// How long it is left out the first time; then twice as long each time.
  public var firstPause: Duration = .seconds(1)
  /// The longest time.
  public var longestPause: Duration = .seconds(30)

  /// The default policy.
  public init() {}
}

/// Something that happened to a replica, or to a call because of one.
public enum ReplicaEvent: Sendable, Hashable {
  /// A late call of a method got a second call.
  case hedged(path: String)
  /// The second call was the first to answer.
  case hedgeWon(path: String)
  /// A late call got no second one: the budget was spent.
  case hedgeRefused(path: String)
  /// A call went on to another replica, because the first could not be reached.
  case failedOver(path: String)
  /// A replica could not be reached, and is left out but for a probe now and then.
  case unreachable(target: String)
  /// A replica is left out for a while.
  case leftOut(target: String, reason: LeftOutReason, pause: Duration)
  /// A replica takes calls again.
  case restored(target: String)

  /// Why a replica was left out.
  public enum LeftOutReason: String, Sendable, Hashable {
    /// It let its time go by.
    case silent
    /// It fails far more calls than its siblings.
    case errors
    /// It is far slower than its siblings.
    case slow
  }
}
