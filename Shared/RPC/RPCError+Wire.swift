import Foundation
import SwiftProtobuf

// `grpc-status-details-bin` carries a serialized google.rpc.Status whose details are `Any`s.
// Type URLs are written as every other implementation writes them: type.googleapis.com/<name>.
extension RPCError {
  /// The bytes of `grpc-status-details-bin`; nil without details, so that a plain error stays small.
  var wireDetails: [UInt8]? {
    guard !details.isEmpty else { return nil }
    var status = Google_Rpc_Status()
    status.code = Int32(truncatingIfNeeded: code.rawValue)
    status.message = message
    status.details = details.compactMap(\.packed)
    return try? status.serializedBytes()
  }

  /// Reads an error from what the wire says; details that do not parse are left out, because the
  /// code and the words are still true.
  init(wireCode: Int, message: String, details bytes: [UInt8]?) {
    self.init(StatusCode(rawValue: wireCode), message)
    guard let bytes, let status = try? Google_Rpc_Status(serializedBytes: bytes) else { return }
    details = status.details.map(ErrorDetail.init(unpacking:))
  }

  /// The error as a handler's caller sees it: what is not an `RPCError` tells nothing, and work that stopped because
  /// its task was cancelled is a cancelled call.
  public init(fromHandler error: any Error) {
    switch error {
    case let error as RPCError where error.code != .ok:
      self = error
    case is CancellationError:
      self.init(.cancelled, "The call was cancelled.", cause: error)
    default:
      self.init(.internalError, "The server failed in an unforeseen way.", cause: error)
    }
  }
}

extension ErrorDetail {
  fileprivate var packed: Google_Protobuf_Any? {
    switch self {
    case .badRequest(let violations): return pack(Self.message(violations))
    case .errorInfo(let reason, let domain, let metadata):
      return pack(
        Google_Rpc_ErrorInfo.with {
          $0.reason = reason
          $0.domain = domain
          $0.metadata = metadata
        })
    case .retryInfo(let delay):
      let nanoseconds = delay.wholeNanoseconds
      let message = Google_Rpc_RetryInfo.with {
        $0.retryDelay = .init(
          seconds: nanoseconds / 1_000_000_000, nanos: Int32(nanoseconds % 1_000_000_000))
      }
      return pack(message)
    case .quotaFailure(let violations): return pack(Self.message(violations))
    case .resourceInfo(let resource): return pack(Self.message(resource))
    case .requestInfo(let id): return pack(Google_Rpc_RequestInfo.with { $0.requestID = id })
    case .other(let typeURL, let value):
      return Google_Protobuf_Any.with {
        $0.typeURL = typeURL
        $0.value = Data(value)
      }
    }
  }

  private static func message(_ violations: [FieldViolation]) -> Google_Rpc_BadRequest {
    .with {
      $0.fieldViolations = violations.map { violation in
        .with {
          $0.field = violation.field
          $0.description_p = violation.description
        }
      }
    }
  }

  private static func message(_ violations: [QuotaViolation]) -> Google_Rpc_QuotaFailure {
    .with {
      $0.violations = violations.map { violation in
        .with {
          $0.subject = violation.subject
          $0.description_p = violation.description
        }
      }
    }
  }

  private static func message(_ resource: ResourceDescription) -> Google_Rpc_ResourceInfo {
    .with {
      $0.resourceType = resource.type
      $0.resourceName = resource.name
      $0.owner = resource.owner
      $0.description_p = resource.description
    }
  }

  private func pack(_ message: some Message) -> Google_Protobuf_Any? {
    try? Google_Protobuf_Any(message: message)
  }

  fileprivate init(unpacking any: Google_Protobuf_Any) {
    self = Self.known(any) ?? .other(typeURL: any.typeURL, value: [UInt8](any.value))
  }

  private static func known(_ any: Google_Protobuf_Any) -> ErrorDetail? {
    if let message = unpack(Google_Rpc_BadRequest.self, any) {
      return .badRequest(
        message.fieldViolations.map { .init(field: $0.field, description: $0.description_p) })
    }
    if let message = unpack(Google_Rpc_ErrorInfo.self, any) {
      return .errorInfo(
        reason: message.reason, domain: message.domain, metadata: message.metadata)
    }
    if let message = unpack(Google_Rpc_RetryInfo.self, any) {
      return .retryInfo(
        delay: .seconds(message.retryDelay.seconds) + .nanoseconds(message.retryDelay.nanos))
    }
    if let message = unpack(Google_Rpc_QuotaFailure.self, any) {
      return .quotaFailure(
        message.violations.map { .init(subject: $0.subject, description: $0.description_p) })
    }
    if let message = unpack(Google_Rpc_ResourceInfo.self, any) {
      return .resourceInfo(
        .init(
          type: message.resourceType, name: message.resourceName, owner: message.owner,
          description: message.description_p))
    }
    return unpack(Google_Rpc_RequestInfo.self, any).map { .requestInfo(id: $0.requestID) }
  }

  private static func unpack<M: Message>(_ type: M.Type, _ any: Google_Protobuf_Any) -> M? {
    any.isA(type) ? try? M(unpackingAny: any) : nil
  }
}
