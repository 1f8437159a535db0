public import ServiceRuntime

/// What the Candidate generation service can be told, beside `ServiceSettings`.
public struct CandidatesConfiguration: Sendable {
  /// Folder of the model registry.
  public var registryPath = "var/models"
  /// How often the registry's labels are read again.
  public var refreshInterval = Duration.seconds(2)
  /// The label of the collaborative model.
  public var alsLabel = "production"
  /// The label of the trending model.
  public var trendingLabel = "production"
  /// The label of the models of all other sources.
  public var sourcesLabel = "production"
  /// Time after which an item counts half as new.
  public var recentHalfLife = Duration.seconds(365 * 86_400)
  /// The label of the catalogue bundle that it starts from.
  public var catalogueLabel = "production"
  /// Address of the Feature service, whose catalogue it follows; empty: the bundle's alone.
  public var featuresTarget = "127.0.0.1:7072"
  /// How item vectors are searched: "auto", "exact", "ivf4" or a FAISS factory string.
  public var alsIndex = "auto"
  /// With "auto": below so many items the search is exact.
  public var exactBelow = 20_000

  /// The defaults.
  public init() {}

  /// Reads the settings. Keys, types and defaults:
  ///
  /// - `registry.path` (text, var/models), `registry.refresh_ms` (100...3600000, 2000)
  /// - `models.als_label`, `models.trending_label`, `models.sources_label` (all other sources),
  ///   `models.catalogue_label` (text, production)
  /// - `recent_release.half_life_days` (1...36500, 365): time after which an item counts half as new
  /// - `backends.features` (gRPC target, 127.0.0.1:7072; empty: the bundle's catalogue alone)
  /// - `als.index` (auto, exact, ivf4, or a FAISS factory string such as IVF256,Flat; auto)
  /// - `als.exact_below` (0...100000000, 20000): with auto, fewer items are searched exactly
  public init(reader: SettingsReader) throws {
    registryPath = try reader.string("registry.path", default: registryPath)
    refreshInterval = try reader.milliseconds(
      "registry.refresh_ms", default: 2_000, in: 100...3_600_000)
    alsLabel = try reader.string("models.als_label", default: alsLabel)
    trendingLabel = try reader.string("models.trending_label", default: trendingLabel)
    sourcesLabel = try reader.string("models.sources_label", default: sourcesLabel)
    recentHalfLife = .seconds(
      86_400 * (try reader.int("recent_release.half_life_days", default: 365, in: 1...36_500)))
    catalogueLabel = try reader.string("models.catalogue_label", default: catalogueLabel)
    featuresTarget = try reader.string("backends.features", default: featuresTarget)
    alsIndex = try reader.string("als.index", default: alsIndex)
    exactBelow = try reader.int("als.exact_below", default: exactBelow, in: 0...100_000_000)
  }
}
