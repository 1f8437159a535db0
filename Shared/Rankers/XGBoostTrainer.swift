internal import CXGBoost
internal import RecommendationCore

/// Trains gradient-boosted trees to order (LambdaMART, Burges 2010; XGBoost's `rank:ndcg`).
public enum XGBoostTrainer {
  /// How far it is, after a round.
  public struct Progress: Sendable {
    /// Rounds done.
    public var round: Int
    /// Most rounds.
    public var rounds: Int
    /// NDCG@10 on the training examples; nil where there are validation examples.
    public var trainingNDCG: Double?
    /// NDCG@10 on the validation examples.
    public var validationNDCG: Double?
  }

  /// What training gave.
  public struct Outcome: Sendable {
    /// The bytes of a `.ubj` file: the trees up to the best round.
    public var model: [UInt8]
    /// Number of rounds kept.
    public var bestRound: Int
    /// NDCG@10 after that round: on the validation examples, or on the training ones without any.
    public var ndcg: Double
    /// Share of the total gain that each column's splits brought, by name; a column that no tree
    /// reads is left out.
    public var importances: [String: Double]
  }

  /// Trains a model.
  ///
  /// - Parameters:
  ///   - training: what to learn from.
  ///   - validation: what to choose the number of rounds by; nil: all rounds are kept.
  ///   - specification: what the columns are.
  ///   - progress: called after each round; what it throws ends the training.
  public static func train(
    _ training: RankingExamples, validation: RankingExamples? = nil,
    specification: RankerSpecification, parameters: XGBoostParameters = XGBoostParameters(),
    progress: (Progress) throws -> Void = { _ in }
  ) throws -> Outcome {
    try parameters.check()
    try training.check("training examples", specification: specification)
    try validation?.check("validation examples", specification: specification)
    let trainingMatrix = try XGBoostMatrix(training, threads: parameters.threads)
    let validationMatrix = try validation.map {
      try XGBoostMatrix($0, threads: parameters.threads)
    }
    let booster = try XGBoostBooster(
      matrices: [trainingMatrix] + (validationMatrix.map { [$0] } ?? []))
    for entry in parameters.entries { try booster.set(entry.name, entry.value) }
    let best = try boost(
      booster, training: trainingMatrix, validation: validationMatrix, parameters: parameters,
      progress: progress)
    let kept = try booster.prefix(rounds: best.round)
    return Outcome(
      model: try kept.modelBytes(), bestRound: best.round, ndcg: best.ndcg,
      importances: try kept.gainShares(columnNames: specification.columnNames))
  }

  /// Adds trees until there are enough, or no more help.
  private static func boost(
    _ booster: XGBoostBooster, training: XGBoostMatrix, validation: XGBoostMatrix?,
    parameters: XGBoostParameters, progress: (Progress) throws -> Void
  ) throws -> (round: Int, ndcg: Double) {
    var best = (round: 0, ndcg: -Double.infinity)
    for round in 1...parameters.rounds {
      try xgboost { XGBoosterUpdateOneIter(booster.handle, Int32(round - 1), training.handle) }
      let ndcg = try booster.evaluate(validation ?? training, round: round)
      // Without validation examples every round is kept: the training NDCG is no judge.
      if ndcg > best.ndcg || validation == nil { best = (round, ndcg) }
      try progress(
        Progress(
          round: round, rounds: parameters.rounds, trainingNDCG: validation == nil ? ndcg : nil,
          validationNDCG: validation == nil ? nil : ndcg))
      let waited = round - best.round
      if parameters.earlyStoppingRounds > 0, waited >= parameters.earlyStoppingRounds { break }
    }
    return best
  }
}

extension XGBoostBooster {
  /// The metric on examples after a round.
  fileprivate func evaluate(_ matrix: XGBoostMatrix, round: Int) throws -> Double {
    var text: UnsafePointer<CChar>?  // borrowed until the next call on this thread
    var matrices: [DMatrixHandle?] = [matrix.handle]
    try "watched".withCString { name in
      var names: [UnsafePointer<CChar>?] = [name]
      try xgboost {
        XGBoosterEvalOneIter(handle, Int32(round - 1), &matrices, &names, 1, &text)
      }
    }
    // "[4]\twatched-ndcg@10-:0.71"
    let line = text.map { String(cString: $0) } ?? ""
    guard let value = line.split(separator: ":").last.flatMap({ Double($0) }) else {
      throw RankerError(.library, "no metric in \"\(line)\"")
    }
    return value
  }

  /// Share of the total gain by column.
  fileprivate func gainShares(columnNames: [String]) throws -> [String: Double] {
    var count: bst_ulong = 0
    var names: UnsafeMutablePointer<UnsafePointer<CChar>?>?  // borrowed, as are shape and scores
    var dimensions: bst_ulong = 0
    var shape: UnsafePointer<bst_ulong>?
    var scores: UnsafePointer<Float>?
    try xgboost {
      XGBoosterFeatureScore(
        handle, #"{"importance_type":"total_gain"}"#, &count, &names, &dimensions, &shape, &scores)
    }
    guard let names, let scores else { return [:] }
    var gains: [String: Double] = [:]
    for index in 0..<Int(count) {
      // Columns without names of their own are called "f0", "f1", ...
      guard let name = names[index].map({ String(cString: $0) }),
        let column = Int(name.dropFirst()),
        columnNames.indices.contains(column)
      else { continue }
      gains[columnNames[column]] = Double(scores[index])
    }
    let total = gains.values.reduce(0, +)
    return total > 0 ? gains.mapValues { $0 / total } : gains
  }
}
