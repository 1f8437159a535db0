import RPC
import SwiftProtobuf

/// Asks a service's `grpc.health.v1.Health`.
///
/// Its two messages are, byte for byte, two well-known ones: a request for the whole server has no field
/// set, as `Empty`; a response has one enum field of number 1, as `Int32Value`.
struct HealthCheck: Sendable {
  private static let check = UnaryMethod<Google_Protobuf_Empty, Google_Protobuf_Int32Value>(
    service: "grpc.health.v1.Health", name: "Check")
  /// `HealthCheckResponse.SERVING`.
  private static let serving: Int32 = 1

  private let channel: Channel

  init(target: String) throws { channel = try Channel(target: target) }

  /// Whether it says that it serves, within a time.
  func isServing(within timeout: Duration) async -> Bool {
    let options = CallOptions(timeout: timeout, waitForReady: true)
    let response = try? await channel.call(Self.check, Google_Protobuf_Empty(), options: options)
    return response?.value == Self.serving
  }
}
