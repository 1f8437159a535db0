public import Explanations
public import ServiceRuntime

/// What the Explanation service can be told, beside `ServiceSettings`.
public struct ExplanationConfiguration: Sendable {
  /// Folder of the model registry.
  public var registryPath = "var/models"
  /// How often the registry's labels are read again.
  public var refreshInterval = Duration.seconds(2)
  /// The label of the collaborative model; it should be the one that candidate generation uses.
  public var collaborativeLabel = "production"
  /// The label of the trending model.
  public var trendingLabel = "production"
  /// The label of the text space; it should be the one that candidate generation uses.
  public var contentLabel = "production"
  /// The label of the catalogue bundle that it starts from.
  public var catalogueLabel = "production"
  /// Address of the Feature service, whose catalogue it follows; empty: the bundle's alone.
  public var featuresTarget = "127.0.0.1:7072"
  /// What the catalogue holds: decides how a view is called in a sentence. Nil: what the catalogue
  /// bundle says of itself.
  public var domain: CatalogueDomain?

  /// The defaults.
  public init() {}

  /// Reads the settings. Keys, types and defaults:
  ///
  /// - `registry.path` (text, var/models), `registry.refresh_ms` (100...3600000, 2000)
  /// - `models.als_label`, `models.trending_label`, `models.content_label`, `models.catalogue_label` (text,
  ///   production)
  /// - `backends.features` (gRPC target, 127.0.0.1:7072; empty: the bundle's catalogue alone)
  /// - `catalogue.domain` (bundle, general, films, music, books, goods; default bundle: as the
  ///   catalogue bundle's parameter `domain` says)
  public init(reader: SettingsReader) throws {
    registryPath = try reader.string("registry.path", default: registryPath)
    refreshInterval = try reader.milliseconds(
      "registry.refresh_ms", default: 2_000, in: 100...3_600_000)
    collaborativeLabel = try reader.string("models.als_label", default: collaborativeLabel)
    trendingLabel = try reader.string("models.trending_label", default: trendingLabel)
    contentLabel = try reader.string("models.content_label", default: contentLabel)
    catalogueLabel = try reader.string("models.catalogue_label", default: catalogueLabel)
    featuresTarget = try reader.string("backends.features", default: featuresTarget)
    domain = CatalogueDomain(
      rawValue: try reader.choice(
        "catalogue.domain", default: "bundle",
        of: ["bundle"] + CatalogueDomain.allCases.map(\.rawValue)))
  }
}
