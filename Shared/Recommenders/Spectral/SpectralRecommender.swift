import Foundation
import LinearAlgebra
import Models

/// A filter on the graph of users and items: closed form, nothing to iterate (GF-CF: Shen et al. 2021), with
/// the sharpening of BSPM (Choi et al. 2023).
///
/// With R the feedback divided by powers of its degrees and P = Rᵀ R, a history x scores
/// `(x P + a · x D⁻ᵇ V Vᵀ Dᵇ) s(P)`: a smoothing over neighbours of neighbours, plus the part of low
/// frequency (the leading singular vectors V), sharpened by s(P) = exp(-t P) as Runge and Kutta's rule steps
/// it once. P is never formed. O(entries · factors) a pass to learn; memory (users + items) · factors.
public struct SpectralRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "spectral"
  /// What it is.
  public static let summary =
    "graph filter in closed form: smoothing and leading singular vectors (GF-CF, BSPM)"
  /// Its settings.
  public static let settings: [Setting] = [
    .integer(
      "factors", 0...4096, search: 32...1024, logarithmic: true, "leading singular vectors",
      default: { max(16, min(512, min($0.items, $0.users) / 16)) }),
    .real(
      "ideal", 0...100, search: 0...1,
      "weight of the leading singular vectors; the smoothing's is 1",
      default: { _ in 0.3 }),
    .real(
      "smoothing", 0...1,
      "weight of the smoothing; with 0 the leading singular vectors decide alone",
      default: { _ in 1 }),
    .real(
      "sharpening", 0...2.7, search: 0...2.7, "time of the sharpening; 0 for none",
      default: { _ in 1.8 }),
    .real(
      "users-exponent", 0...2, search: 0.2...1, "a user of n items is divided by n to this",
      default: { _ in 0.5 }),
    .real(
      "items-exponent", 0...2, search: 0.2...0.8, "an item of n users is divided by n to this",
      default: { _ in 0.5 }),
    .real(
      "popularity", 0...2, search: 0...1,
      "of the leading singular vectors' part, an item of n users counts n to this",
      default: { _ in 0.5 }),
  ]
  private let values: SettingValues

  /// A recommender with settings.
  public init(_ values: SettingValues) { self.values = values }

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    func powers(_ rows: SparseRows, _ exponent: Float) -> [Float] {
      (0..<rows.rowCount).map { powf(max(1, Float(rows.range($0).count)), -exponent) }
    }
    let normalized = feedback.byUser.scaled(
      rows: powers(feedback.byUser, values.float("users-exponent")),
      columns: powers(feedback.byItem, values.float("items-exponent")))
    let turned = normalized.transposed()
    let passes = 5
    let decomposition = try TruncatedSVD(
      normalized, transposed: turned, rank: values.integer("factors"), passes: passes,
      seed: context.seed, threads: context.threads
    ) { pass in
      context.progress(FitProgress(pass: pass, passes: passes))
      return !context.shouldStop
    }
    let filter = SpectralFilter(
      decomposition, normalized: normalized, transposed: turned,
      popularity: powers(feedback.byItem, -values.float("popularity")),
      ideal: values.float("ideal"), smoothing: values.float("smoothing"),
      sharpening: values.float("sharpening"), threads: context.threads)
    return SpectralScores(
      byUser: normalized, byItem: turned, filter: filter, tail: PopularityTail(feedback))
  }
}

/// The leading singular vectors alone (PureSVD: Cremonesi et al. 2010).
///
/// O(entries · factors) a pass to learn; memory (users + items) · factors.
public struct PureSVDRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "pure-svd"
  /// What it is.
  public static let summary = "the leading singular vectors of the feedback (PureSVD)"
  /// Its settings.
  public static let settings: [Setting] = [
    .integer(
      "factors", 1...4096, search: 16...512, logarithmic: true, "leading singular vectors",
      default: { max(16, min(256, min($0.items, $0.users) / 64)) }),
    .real(
      "items-exponent", 0...1, search: 0...0.8, "an item of n users is divided by n to this",
      default: { _ in 0.2 }),
  ]
  private let values: SettingValues

  /// A recommender with settings.
  public init(_ values: SettingValues) { self.values = values }

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    var all = try SettingValues(SpectralRecommender.settings, shape: feedback.shape)
    all["factors"] = values["factors"]
    all["items-exponent"] = values["items-exponent"]
    all["ideal"] = .real(1)
    all["smoothing"] = .real(0)
    all["sharpening"] = .real(0)
    all["users-exponent"] = .real(0)
    all["popularity"] = values["items-exponent"]
    return try SpectralRecommender(all).fit(feedback, context: context)
  }
}
