public import Logging
public import RPC

/// What a service is made of, once built.
public protocol ServiceParts: Sendable {
  /// The gRPC services that it offers.
  var services: [ServiceDefinition] { get }

  /// Loads what must be there before the first call, and starts background work. The service reports
  /// SERVING once it returns.
  func start() async throws

  /// Ends background work and closes stores. Called after the last call has ended.
  func stop() async
}

/// What a service is given to build its parts from.
public struct ServiceEnvironment: Sendable {
  /// What every service can be told.
  public var settings: ServiceSettings
  /// The service's logger.
  public var logger: Logger
  /// For work too long for a gRPC thread.
  public var computePool: ComputePool
}
