/// One fit of a kind with settings, measured on the validation part.
public struct Trial: Sendable {
  /// The kind's name.
  public var kind: String
  /// Its settings, with what the fit found by itself.
  public var settings: [String: String]
  /// NDCG on the validation part.
  public var quality: Double
  /// Seconds of the fit.
  public var fitSeconds: Double
  /// Seconds of the measuring.
  public var askSeconds: Double
  /// What went wrong, if it did; then the quality is 0.
  public var failure: String?

  /// A trial.
  public init(
    kind: String, settings: [String: String], quality: Double, fitSeconds: Double,
    askSeconds: Double, failure: String? = nil
  ) {
    self.kind = kind
    self.settings = settings
    self.quality = quality
    self.fitSeconds = fitSeconds
    self.askSeconds = askSeconds
    self.failure = failure
  }
}
