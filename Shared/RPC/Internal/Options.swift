internal import CGRPC
import Foundation

// The configurations as the shim reads them. Strings are lent for the length of `body`; the shim
// copies what it keeps.

extension ServerConfiguration {
  func withOptions<T>(_ body: (UnsafePointer<cgrpc_server_options>) throws -> T) throws -> T {
    var options = cgrpc_server_options()
    options.port = Int32(clamping: port)
    options.queues = Int32(clamping: max(1, completionQueues))
    options.max_receive_bytes = Int64(maxReceiveBytes)
    options.max_send_bytes = Int64(maxSendBytes)
    options.keepalive_time_ms = keepaliveTime.wholeMilliseconds
    options.keepalive_timeout_ms = keepaliveTimeout.wholeMilliseconds
    options.min_ping_interval_ms = minimumPingInterval.wholeMilliseconds
    options.max_connection_idle_ms = maxConnectionIdle?.wholeMilliseconds ?? 0
    options.max_connection_age_ms = maxConnectionAge?.wholeMilliseconds ?? 0
    options.max_concurrent_streams = Int32(clamping: maxConcurrentStreams ?? 0)
    options.allow_port_reuse = allowPortReuse
    let chain = try tls.map { try PEM.read($0.certificateChainFile) }
    let key = try tls.map { try PEM.read($0.privateKeyFile) }
    let roots = try tls?.clientRootsFile.map(PEM.read)
    return try withCStrings([host, chain, key, roots]) { strings in
      options.host = strings[0]
      options.tls_certificate_chain = strings[1]
      options.tls_private_key = strings[2]
      options.tls_client_roots = strings[3]
      return try body(&options)
    }
  }
}

extension ChannelConfiguration {
  func withOptions<T>(_ body: (UnsafePointer<cgrpc_channel_options>) throws -> T) throws -> T {
    var options = cgrpc_channel_options()
    options.max_receive_bytes = Int64(maxReceiveBytes)
    options.max_send_bytes = Int64(maxSendBytes)
    options.keepalive_time_ms = keepaliveTime?.wholeMilliseconds ?? 0
    options.keepalive_timeout_ms = keepaliveTimeout.wholeMilliseconds
    options.connect_backoff_ms = connectBackoff.wholeMilliseconds
    options.connect_backoff_max_ms = maxConnectBackoff.wholeMilliseconds
    options.tls = tls != nil
    let roots = try tls?.rootsFile.map(PEM.read)
    let chain = try tls?.certificateChainFile.map(PEM.read)
    let key = try tls?.privateKeyFile.map(PEM.read)
    let texts = [serviceConfig, userAgent, roots, chain, key, tls?.serverName]
    return try withCStrings(texts) { strings in
      options.service_config = strings[0]
      options.user_agent = strings[1]
      options.tls_roots = strings[2]
      options.tls_certificate_chain = strings[3]
      options.tls_private_key = strings[4]
      options.tls_server_name = strings[5]
      return try body(&options)
    }
  }
}

private enum PEM {
  static func read(_ path: String) throws -> String {
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw RPCError(.failedPrecondition, "The TLS file \(path) cannot be read.", cause: error)
    }
  }
}

/// Lends C strings for the length of `body`; nil stays null.
private func withCStrings<T>(
  _ texts: [String?], _ body: ([UnsafePointer<CChar>?]) throws -> T
) rethrows -> T {
  let copies = texts.map { $0.flatMap { strdup($0) } }
  defer { for copy in copies { free(copy) } }
  return try body(copies.map { $0.map { UnsafePointer($0) } })
}

extension Duration {
  /// Whole milliseconds, rounded up, so that a short wait does not become none.
  var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    guard seconds < Int64.max / 2000 else { return .max / 2 }
    return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
  }

  /// Nanoseconds; the largest number for what does not fit.
  var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    guard seconds < Int64.max / 2_000_000_000 else { return .max / 2 }
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
