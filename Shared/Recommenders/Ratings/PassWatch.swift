/// Drives a fit that learns in passes: tells how far it is, and stops where validation no longer grows, or the
/// time is over.
struct PassWatch {
  let passes: Int
  let context: FitContext

  /// Does the passes.
  ///
  /// - Parameters:
  ///   - pass: one pass; gives the loss per rating.
  ///   - model: what is learned by now.
  /// - Returns: the model of the best pass where there is validation, with `passes` in its
  ///   ``FittedRecommender/found``; else the last one's.
  /// - Throws: ``RecommenderError/Code/numericFailure`` when the loss is no finite number.
  mutating func run(_ pass: () -> Double, model: () -> FactorRatings) throws -> FactorRatings {
    var best: (quality: Double, pass: Int, model: FactorRatings)?
    for done in 1...max(1, passes) {
      let loss = pass()
      guard loss.isFinite else {
        throw RecommenderError(
          .numericFailure, "the ratings' factors ran away; a smaller learning rate may help")
      }
      var quality: Double?
      if let validate = context.validate {
        let model = model()
        let value = try validate(model)
        quality = value
        if best.map({ value > $0.quality }) ?? true { best = (value, done, model) }
      }
      context.progress(FitProgress(pass: done, passes: passes, loss: loss, quality: quality))
      if let best, done - best.pass >= context.patience { break }
      if context.shouldStop { break }
    }
    guard var best else { return model() }
    best.model.found = ["passes": .integer(best.pass)]
    return best.model
  }
}
