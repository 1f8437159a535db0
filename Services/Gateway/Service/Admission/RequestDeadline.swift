import RPC

/// The time that a request has.
enum RequestDeadline {
  /// Kept back from the stages, for making the reply and its way home.
  static let replyReserve: Duration = .milliseconds(3)

  /// Until when stages may run.
  ///
  /// - Throws: INVALID_ARGUMENT when the client would wait longer than is sensible: such a client most
  ///   likely has no deadline at all, or one in the wrong unit.
  static func of(_ context: ServerContext, policy: Policy) throws -> ContinuousClock.Instant {
    let now = ContinuousClock.now
    guard let deadline = context.deadline else {
      return now + policy.defaultDeadline - replyReserve
    }
    // A client's ten seconds may arrive as a little more, by the grain of the header that carries them.
    if deadline - now > policy.maximumDeadline + .milliseconds(100) {
      throw RPCError(
        .invalidArgument,
        "The deadline is too far away: at most \(policy.maximumDeadline) from now.",
        details: [
          .badRequest([
            FieldViolation(
              field: "grpc-timeout", description: "must be at most \(policy.maximumDeadline)")
          ])
        ])
    }
    return deadline - replyReserve
  }
}
