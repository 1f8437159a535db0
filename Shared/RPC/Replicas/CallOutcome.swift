/// What a call says of the replica that it went to.
enum CallOutcome: Sendable {
  /// It answered, be it that the caller was wrong.
  case answered
  /// It answered that it could not.
  case failed
  /// It could not be reached, or went away.
  case unreachable
  /// It let the call's time go by, or a second call overtook it.
  case silent
  /// Nothing: the caller gave up.
  case nothing

  init(_ error: RPCError) {
    self =
      switch error.code {
      case .unavailable: .unreachable
      case .deadlineExceeded: .silent
      case .internalError, .unknown, .dataLoss, .resourceExhausted: .failed
      case .cancelled: .nothing
      default: .answered
      }
  }
}
