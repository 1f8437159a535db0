public import Logging
public import RPC

/// What a service is made of, once built.
public protocol ServiceParts: Sendable {
  /// The gRPC services that it offers.
  var services: [ServiceDefinition] { get }

  /// Loads what must be there before the first call, and starts background work. The service reports
  /// SERVING once it returns.
  func start() async throws

  /// Ends what would otherwise outlast the drain, such as streams that have no end of their own. Called
  /// when the service has become NOT_SERVING and before calls in flight are waited for. Does nothing
  /// unless implemented.
  func drain() async

  /// Ends background work and closes stores. Called after the last call has ended.
  func stop() async
}

extension ServiceParts {
  /// Nothing to end.
  public func drain() async {}
}

/// What a service is given to build its parts from.
public struct ServiceEnvironment: Sendable {
  /// What every service can be told.
  public var settings: ServiceSettings
  /// The service's logger.
  public var logger: Logger
  /// For work too long for a gRPC thread.
  public var computePool: ComputePool
  /// Where the parts say that the service cannot serve for now.
  public var serving = ServingStatus()
}
