internal import RecommendationCore
internal import Recommenders

/// Passes over the data until the validation no longer grows, the passes are done or the time is over.
struct TrainingLoop {
  let passes: Int
  let context: FitContext

  /// - Parameters:
  ///   - pass: learns once from everything, and gives the mean loss.
  ///   - model: what is learned so far, after a number of passes.
  /// - Returns: the model with the best validation; the last one where there is none.
  func run<Model: FittedRecommender>(
    pass: (inout SeededGenerator) throws -> Double, model: (_ passes: Int) throws -> Model
  ) throws -> Model {
    var generator = SeededGenerator(seed: context.seed ^ 0x05a5_02ec)
    var stopping = EarlyStopping<Model>(patience: context.patience)
    var done = 0
    while done < passes, !stopping.isOver, done == 0 || !context.shouldStop {
      let loss = try pass(&generator)
      guard loss.isFinite else {
        throw RecommenderError(.numericFailure, "the loss ran away; a smaller rate may help")
      }
      done += 1
      var progress = FitProgress(pass: done, passes: passes, loss: loss)
      if let validate = context.validate {
        let made = try model(done)
        let quality = try validate(made)
        progress.quality = quality
        stopping.saw(made, quality: quality)
      }
      context.progress(progress)
    }
    return try stopping.best ?? model(done)
  }
}

/// Keeps the best model of a training, and says when it no longer grows.
struct EarlyStopping<Model> {
  let patience: Int
  private(set) var best: Model?
  private var quality = -Double.infinity
  private var passesWithout = 0

  init(patience: Int) { self.patience = patience }

  /// Whether the patience is over.
  var isOver: Bool { best != nil && passesWithout >= max(1, patience) }

  mutating func saw(_ model: Model, quality: Double) {
    if quality > self.quality {
      (best, self.quality, passesWithout) = (model, quality, 0)
    } else {
      passesWithout += 1
    }
  }
}
