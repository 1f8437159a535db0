public import ServiceRuntime

/// What the Ranking service can be told, beside ``ServiceSettings``.
public struct RankingConfiguration: Sendable {
  /// Folder of the model registry.
  public var registryPath = "var/models"
  /// How often the registry's labels are read again.
  public var refreshInterval = Duration.seconds(2)
  /// Versions without a label that stay in memory, for a quick way back.
  public var spareVersions = 1
  /// How long after a switch the version before it still answers callers that gathered its features.
  public var grace = Duration.seconds(60)
  /// The label of callers that name no model.
  public var defaultLabel = "production"
  /// How many rows may be scored at once: a booster of each model for each thread of the compute pool.
  public var threads = 2

  /// The defaults.
  public init() {}

  /// Reads the settings. Keys, types and defaults:
  ///
  /// - `registry.path` (text, var/models), `registry.refresh_ms` (100...3600000, 2000)
  /// - `models.spare_versions` (0...16, 1), `models.default_label` (text, production)
  /// - `models.grace_ms` (0...3600000, 60000)
  ///
  /// The number of threads is `compute.threads`, which the service is built with.
  public init(reader: SettingsReader) throws {
    registryPath = try reader.string("registry.path", default: registryPath)
    refreshInterval = try reader.milliseconds(
      "registry.refresh_ms", default: 2_000, in: 100...3_600_000)
    spareVersions = try reader.int("models.spare_versions", default: spareVersions, in: 0...16)
    grace = try reader.milliseconds("models.grace_ms", default: 60_000, in: 0...3_600_000)
    defaultLabel = try reader.string("models.default_label", default: defaultLabel)
  }
}
