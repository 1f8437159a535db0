import RPC

/// The word that the people who run the suite show with calls that are not for everybody.
///
/// It travels as metadata, `authorization: Bearer TOKEN`, and so should go over TLS wherever others can listen.
struct OperatorToken: Sendable {
  /// The configuration's key of it.
  static let key = "operator.token"
  private static let scheme = "Bearer "

  private let bytes: [UInt8]

  /// - Parameter text: the token; empty: every call that needs it is refused.
  init(_ text: String) { bytes = Array(text.utf8) }

  /// Lets a call pass that shows the token.
  ///
  /// - Throws: FAILED_PRECONDITION when this gateway has no token, UNAUTHENTICATED when the call shows none or
  ///   another one.
  /// - Complexity: O(bytes shown), whatever they are: the time tells nothing of how far they agree.
  func check(_ context: ServerContext) throws {
    try check(authorization: context.metadata["authorization"])
  }

  /// The same for a header's value.
  func check(authorization: String?) throws {
    guard !bytes.isEmpty else {
      throw RPCError(
        .failedPrecondition,
        "Operator calls are off: this gateway has no \(Self.key) (RECSYS_OPERATOR_TOKEN).")
    }
    guard let authorization, authorization.lowercased().hasPrefix(Self.scheme.lowercased()) else {
      throw RPCError(
        .unauthenticated, "The operator's token is needed: metadata authorization: Bearer TOKEN.")
    }
    guard matches(Array(authorization.utf8.dropFirst(Self.scheme.utf8.count))) else {
      throw RPCError(.unauthenticated, "This is not the operator's token.")
    }
  }

  private func matches(_ shown: [UInt8]) -> Bool {
    var difference = UInt(bitPattern: shown.count ^ bytes.count)
    for (index, byte) in shown.enumerated() {
      difference |= UInt(byte ^ bytes[index % bytes.count])
    }
    return difference == 0
  }
}
