import Artifacts
import RPC
import Rankers

/// Turns what went wrong below into the status that a caller gets.
enum RankingErrors {
  static let domain = "ranking.recsys"

  /// Of scoring: the rows were checked before, so what fails now is the model's or our own fault.
  static func scoring(_ error: any Error) -> any Error {
    guard let error = error as? RankerError else { return error }
    return RPCError(.internalError, "The model could not score the rows.", cause: error)
  }

  /// Of loading and labelling.
  static func loading(_ error: any Error) -> RPCError {
    switch error {
    case let error as RPCError: error
    case let error as ArtifactError where error.code == .notFound:
      RPCError(.notFound, error.message, cause: error)
    case let error as ArtifactError where error.code == .invalidArgument:
      RPCError(.invalidArgument, error.message, cause: error)
    case let error as ArtifactError where error.code == .inputOutput:
      RPCError(.unavailable, "The registry cannot be read or written.", cause: error)
    default:
      RPCError(
        .failedPrecondition, "The model was refused: \(error)",
        details: [.errorInfo(reason: "MODEL_REFUSED", domain: domain, metadata: [:])],
        cause: error)
    }
  }

  static func fingerprintMismatch(
    given: UInt64, wanted: UInt64, version: String
  ) -> RPCError {
    RPCError(
      .failedPrecondition,
      "The features were gathered for another model; describe it again.",
      details: [
        .errorInfo(
          reason: "FEATURE_FINGERPRINT_MISMATCH", domain: domain,
          metadata: [
            "given": String(given, radix: 16), "wanted": String(wanted, radix: 16),
            "model_version": version,
          ])
      ])
  }
}
