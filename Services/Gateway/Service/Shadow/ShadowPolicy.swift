import ServiceRuntime

/// Which ranker is tried beside the one that serves, and on how many requests.
struct ShadowPolicy: Sendable, Equatable {
  /// Its label; empty: none is tried.
  var label = ""
  /// Share of the requests.
  var share = 0.01
  /// Most comparisons under way; beyond, requests are passed over.
  var maximumInFlight = 4
  /// Places whose overlap is measured.
  var top = 20
  /// The longest time of each call for it: nobody waits, so it may be generous.
  var timeout: Duration = .seconds(1)

  /// None is tried.
  init() {}

  /// Whether any request is tried.
  var isOn: Bool { !label.isEmpty && share > 0 }

  /// Reads the policy. Keys, types and defaults:
  ///
  /// - `shadow.label` (text, empty: off), `shadow.share` (0...1, 0.01), `shadow.maximum_in_flight` (1...1000, 4)
  /// - `shadow.top` (1...500, 20), `shadow.timeout_ms` (1...60000, 1000)
  init(settings: SettingsReader) throws {
    label = try settings.string("shadow.label", default: "")
    share = try settings.double("shadow.share", default: share, in: 0...1)
    maximumInFlight = try settings.int(
      "shadow.maximum_in_flight", default: maximumInFlight, in: 1...1_000)
    top = try settings.int("shadow.top", default: top, in: 1...500)
    timeout = try settings.milliseconds("shadow.timeout_ms", default: 1_000, in: 1...60_000)
  }
}
