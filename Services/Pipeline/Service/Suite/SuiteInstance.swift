import Foundation

/// One process of a service: where it listens, and how it is called.
struct SuiteInstance: Sendable, Hashable {
  let service: SuiteService
  /// From 1.
  let replica: Int
  /// Whether the service has other processes, so that this one may be missed for a while.
  let hasSiblings: Bool
  let port: Int
  let sidePort: Int

  /// `ranking`, and for further replicas `ranking-2`.
  var name: String { replica == 1 ? service.name : "\(service.name)-\(replica)" }
  var target: String { "127.0.0.1:\(port)" }

  /// All processes of a suite. Without ``Suite/Options/anyPorts`` a further replica's port is 100 above the one
  /// before it.
  ///
  /// - Throws: ``PipelineError`` when there are not enough free ports.
  static func all(_ options: Suite.Options) throws -> [SuiteInstance] {
    let wanted = SuiteService.waves.joined().flatMap { service in
      let count = replicas(of: service, options)
      return (1...count).map { (service: service, replica: $0, hasSiblings: count > 1) }
    }
    let free = options.anyPorts ? try FreePort.find(count: wanted.count * 2) : []
    return wanted.enumerated().map { index, wish in
      let port = wish.service.defaultPort + 100 * (wish.replica - 1)
      return SuiteInstance(
        service: wish.service, replica: wish.replica, hasSiblings: wish.hasSiblings,
        port: options.anyPorts ? free[2 * index] : port,
        sidePort: options.anyPorts ? free[2 * index + 1] : port + 1000)
    }
  }

  /// An embedded store has one owner; one in Redis may have several.
  static func replicas(of service: SuiteService, _ options: Suite.Options) -> Int {
    let isShared =
      options.redis != nil
      || ProcessInfo.processInfo.environment["RECSYS_STORE_BACKEND"] == "redis"
    return service.name == "features" && !isShared ? 1 : max(1, options.replicas)
  }
}
