public import SwiftProtobuf

/// One request, one response.
public struct UnaryMethod<Request: Message & Sendable, Response: Message & Sendable>: Sendable {
  /// The full name of the service, such as `recsys.gateway.v1.RecommendationService`.
  public let service: String
  /// The name of the method, such as `Recommend`.
  public let name: String
  /// The path on the wire: `/service/name`.
  public let path: String
  /// Whether it changes nothing, so that a second call of it does no harm: only such calls are hedged.
  public let isRead: Bool

  /// Names a method.
  public init(service: String, name: String, isRead: Bool = false) {
    self.service = service
    self.name = name
    self.isRead = isRead
    path = "/\(service)/\(name)"
  }
}

/// One request, a stream of responses.
public struct ServerStreamingMethod<
  Request: Message & Sendable, Response: Message & Sendable
>: Sendable {
  /// The full name of the service.
  public let service: String
  /// The name of the method.
  public let name: String
  /// The path on the wire: `/service/name`.
  public let path: String

  /// Names a method.
  public init(service: String, name: String) {
    self.service = service
    self.name = name
    path = "/\(service)/\(name)"
  }
}

/// A stream of requests, one response.
public struct ClientStreamingMethod<
  Request: Message & Sendable, Response: Message & Sendable
>: Sendable {
  /// The full name of the service.
  public let service: String
  /// The name of the method.
  public let name: String
  /// The path on the wire: `/service/name`.
  public let path: String

  /// Names a method.
  public init(service: String, name: String) {
    self.service = service
    self.name = name
    path = "/\(service)/\(name)"
  }
}
