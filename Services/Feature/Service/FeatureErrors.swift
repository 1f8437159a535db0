import Catalogue
import Features
import KeyValueStore
import RPC
import ServiceContracts

/// Turns what went wrong below into the status that a caller gets.
enum FeatureErrors {
  static let domain = "features.recsys"

  /// The status of an error of the store, the catalogue or the engine.
  static func status(_ error: any Error) -> any Error {
    switch error {
    case let error as FeatureError: status(error)
    case let error as CatalogueError: status(error)
    case let error as StoreError: status(error)
    default: error
    }
  }

  private static func status(_ error: FeatureError) -> RPCError {
    switch error.code {
    case .unknownFeature, .wrongEntity: .invalidArgument(field: "features", error.message)
    case .unknownSequence: RPCError(.outOfRange, error.message, cause: error)
    case .malformed: RPCError(.dataLoss, "The store's content is damaged.", cause: error)
    case .unavailable:
      RPCError(
        .unavailable, "The shared store cannot be reached now: \(error.message).",
        details: [.retryInfo(delay: .milliseconds(500))], cause: error)
    default: RPCError(.internalError, "The state could not be read.", cause: error)
    }
  }

  private static func status(_ error: CatalogueError) -> RPCError {
    switch error.code {
    case .keyCollision:
      RPCError(
        .alreadyExists, "Refused: \(error.message).",
        details: [.errorInfo(reason: "KEY_COLLISION", domain: domain, metadata: [:])],
        cause: error)
    case .malformed: RPCError(.dataLoss, "The store's content is damaged.", cause: error)
    default: RPCError(.internalError, "The catalogue could not be changed.", cause: error)
    }
  }

  private static func status(_ error: StoreError) -> RPCError {
    switch error.code {
    case .malformed: RPCError(.dataLoss, "The store's content is damaged.", cause: error)
    case .writeFailed, .readFailed, .closed:
      RPCError(
        .unavailable, "The store cannot be used now.",
        details: [.retryInfo(delay: .milliseconds(500))], cause: error)
    default: RPCError(.internalError, "The store could not be used.", cause: error)
    }
  }

  /// The list that a caller names by fingerprint is not the list that it sends.
  static func fingerprintMismatch(given: UInt64, wanted: UInt64) -> RPCError {
    RPCError(
      .failedPrecondition, "The fingerprint is not that of the features listed.",
      details: [
        .errorInfo(
          reason: "FEATURE_FINGERPRINT_MISMATCH", domain: domain,
          metadata: [
            "given": String(given, radix: 16), "wanted": String(wanted, radix: 16),
          ])
      ])
  }

  /// A list that a caller names by fingerprint alone is not known here (any more).
  static func unknownFeatureSet(_ fingerprint: UInt64) -> RPCError {
    RPCError(
      .failedPrecondition,
      "No list of features with this fingerprint was asked for: send the list.",
      details: [
        .errorInfo(
          reason: FeatureSetReasons.unknown, domain: domain,
          metadata: ["given": String(fingerprint, radix: 16)])
      ])
  }

  /// Runs a body and gives its errors their status.
  static func mapping<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch {
      throw status(error)
    }
  }
}
