import RPC
import StagePipeline

extension Degradation {
  /// The gateway made a request from fewer candidates, because it has too much to do.
  static func overload(candidates: Int) -> Degradation {
    Degradation(
      component: "gateway", reason: "overload", fallback: "\(candidates) candidates",
      budget: .zero)
  }
}

extension FailureReason {
  /// It shed the call.
  static let overloaded: FailureReason = "overloaded"
  /// Its answer broke its contract.
  static let malformed: FailureReason = "malformed_answer"

  /// What an error of a component means.
  init(_ error: any Error) {
    switch error {
    case let error as RPCError:
      switch error.code {
      case .deadlineExceeded: self = .deadline
      case .unavailable: self = .unavailable
      case .resourceExhausted: self = .overloaded
      default: self = .failed
      }
    case let error as PlayedFailure: self = error.reason
    case let error as GatewayError where error.code == .malformedAnswer: self = .malformed
    default: self = .failed
    }
  }
}
