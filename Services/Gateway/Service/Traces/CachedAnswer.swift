/// An answer that was given from the cache: its slate is that of another request, and so is its way.
struct CachedAnswer: Sendable, Equatable {
  /// About how much memory one takes, with its place in the store.
  static let byteCount = 512

  /// The id that it was given under.
  let requestID: String
  /// The request that the slate was made for.
  let originID: String
  /// When it was answered, Unix time in milliseconds.
  let answeredMilliseconds: Int64
}

/// The trace of a request's answer.
struct FoundTrace: Sendable {
  /// How the slate was made.
  let trace: RequestTrace
  /// Where the request itself got the slate from the cache.
  var cached: CachedAnswer?

  /// The request that the slate was made for, where that is another than the one asked about; else empty.
  var originID: String { cached == nil ? "" : trace.requestID }
  /// The request asked about.
  var requestID: String { cached?.requestID ?? trace.requestID }
  /// Whether the run that the trace holds made the slate that was sent: one from disk was run again, over the catalogue
  /// and the policy of now.
  var isAsSent: Bool {
    get throws { try SlateDifference.ofSlates(trace.reply, trace.reply(of: trace.result)) == nil }
  }
  /// When it was answered, Unix time in milliseconds.
  var answeredMilliseconds: Int64 { cached?.answeredMilliseconds ?? trace.answeredMilliseconds }
}
