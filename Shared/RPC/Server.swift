internal import CGRPC
import Foundation

/// A gRPC server: completion queues with a thread each, health, reflection, and the services given.
public final class Server: Sendable {
  /// What the shim knows of it, and the methods whose addresses it holds.
  ///
  /// Sendable: the pointer never changes, and the shim's server may be used from any thread.
  private struct Handle: @unchecked Sendable {
    let pointer: OpaquePointer
    let methods: [MethodEntry]
  }

  private let handle: Handle
  private let health: HealthService

  /// Makes a server that does not listen yet. Throws when a TLS file cannot be read, or a method
  /// is given twice.
  public init(
    configuration: ServerConfiguration = .init(), services: [ServiceDefinition],
    interceptors: [any ServerInterceptor] = []
  ) throws {
    _ = InlineExecutor.shared
    let names = services.map(\.name)
    health = HealthService(services: names)
    let reflection = ReflectionService(
      services: names + [HealthService.name] + ReflectionService.names,
      descriptors: try Self.descriptors(configuration))
    let chain = InterceptorChain(interceptors: interceptors)
    // Probes and tools bring no credentials, and are not the service's traffic.
    let bare = InterceptorChain(interceptors: [])
    let entries =
      services.flatMap(\.methods).map { MethodEntry($0, chain, isBackground: false) }
      + (reflection.definitions + [health.definition]).flatMap(\.methods)
      .map { MethodEntry($0, bare, isBackground: true) }
    if let twice = Dictionary(grouping: entries, by: \.path).first(where: { $1.count > 1 }) {
      throw RPCError(.alreadyExists, "The method \(twice.key) is given twice.")
    }
    let pointer = try configuration.withOptions { options in
      cgrpc_server_create(options, Self.handlers)
    }
    handle = Handle(pointer: pointer, methods: entries)
    for entry in entries {
      cgrpc_server_add_method(
        pointer, entry.path, entry.kind, entry.isBackground,
        Unmanaged.passUnretained(entry).toOpaque())
    }
  }

  private static func descriptors(_ configuration: ServerConfiguration) throws -> DescriptorIndex {
    guard let bytes = configuration.reflectionDescriptors else { return DescriptorIndex() }
    do {
      return try DescriptorIndex(serializedDescriptorSet: bytes)
    } catch {
      throw RPCError(
        .invalidArgument, "The reflection descriptors are not a FileDescriptorSet.", cause: error)
    }
  }

  deinit {
    // The shim may still call into the methods until its threads have ended; it ends them by
    // itself, and gives the entries back when it has.
    let entries = Unmanaged.passRetained(handle.methods as NSArray)
    cgrpc_server_destroy(handle.pointer, entries.toOpaque()) { context in
      Unmanaged<NSArray>.fromOpaque(context).release()
    }
  }

  /// Binds the port and starts to serve. Throws UNAVAILABLE when the port cannot be bound.
  public func start() throws {
    if let error = cgrpc_server_start(handle.pointer) {
      defer { cgrpc_string_free(error) }
      throw RPCError(.unavailable, String(cString: error))
    }
    health.begin()
  }

  /// The port; 0 before the start.
  public var port: Int { Int(cgrpc_server_port(handle.pointer)) }

  /// Sets what the health service says of a service; "" is the server as a whole. What is said before the start
  /// still holds after it.
  public func setServing(_ serving: Bool, service: String = "") {
    health.set(serving ? .serving : .notServing, service: service)
  }

  /// Drains the server: health says NOT_SERVING, new calls are refused, calls in flight end; those
  /// left after `grace` are cancelled (their tasks too). Returns when the last has ended.
  ///
  /// Blocks: for the main thread, never for a handler.
  public func shutdown(grace: Duration) {
    health.shutDown()
    cgrpc_server_shutdown(handle.pointer, grace.wholeMilliseconds)
  }

  private static let handlers = cgrpc_server_handlers(
    on_call: { method, call, bytes, count in
      let entry = Unmanaged<MethodEntry>.fromOpaque(method).takeUnretainedValue()
      let call = ServerCall(pointer: call, path: entry.path)
      let context = Unmanaged.passRetained(call).toOpaque()
      entry.serve(call, UnsafeRawBufferPointer(start: bytes, count: count))
      return context
    },
    on_done: { context, cancelled in
      guard let context else { return }
      Unmanaged<ServerCall>.fromOpaque(context).takeRetainedValue().ended(cancelled: cancelled)
    })
}

/// A method as the shim refers to it: by the address of this object.
///
/// What a call needs is taken out of the method once, so that no call copies the existential.
private final class MethodEntry: Sendable {
  let path: String
  let kind: cgrpc_call_kind
  let isBackground: Bool
  let serve: @Sendable (ServerCall, UnsafeRawBufferPointer) -> Void

  init(_ method: any RegisteredMethod, _ chain: InterceptorChain, isBackground: Bool) {
    path = method.path
    kind = method.kind
    self.isBackground = isBackground
    serve = { method.serve($0, $1, through: chain) }
  }
}
