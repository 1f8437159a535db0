import ServiceRuntime

/// When the gateway does less for each request, and when it refuses some.
struct LoadPolicy: Sendable, Equatable {
  /// Mean time of a request above which the gateway takes itself for overloaded.
  var target: Duration = .milliseconds(50)
  /// The smallest share of the candidates that a request is made from; 1: the width never changes.
  var minimumWidth = 0.2
  /// So many requests are always let in.
  var minimumInFlight = 32
  /// More than so many are never let in.
  var maximumInFlight = 1_000
  /// What a refused client is told to wait, on average.
  var retryAfter: Duration = .milliseconds(200)

  /// The defaults.
  init() {}

  /// Reads the policy. Keys, types and defaults:
  ///
  /// - `overload.target_ms` (1...10000, 50), `overload.minimum_width` (0.01...1, 0.2)
  /// - `overload.minimum_in_flight` (1...100000, 32), `overload.maximum_in_flight` (1...100000, 1000)
  /// - `overload.retry_after_ms` (1...60000, 200)
  init(settings: SettingsReader) throws {
    target = try settings.milliseconds("overload.target_ms", default: 50, in: 1...10_000)
    minimumWidth = try settings.double(
      "overload.minimum_width", default: minimumWidth, in: 0.01...1)
    minimumInFlight = try settings.int(
      "overload.minimum_in_flight", default: minimumInFlight, in: 1...100_000)
    maximumInFlight = try settings.int(
      "overload.maximum_in_flight", default: maximumInFlight, in: 1...100_000)
    retryAfter = try settings.milliseconds(
      "overload.retry_after_ms", default: 200, in: 1...60_000)
    guard minimumInFlight <= maximumInFlight else {
      throw ConfigurationError(
        key: "overload.minimum_in_flight", "must not be above overload.maximum_in_flight")
    }
  }
}
