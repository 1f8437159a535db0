public import Recommenders
internal import Models
internal import RecommendationCore

/// SASRec (Kang, McAuley 2018) and gSASRec (Petrov, Macdonald 2023): the next item by self-attention over the
/// last ones.
///
/// By default with the cross-entropy over all items, or many drawn ones that stand for them, which does far
/// better than the paper's one negative (Klenitskiy, Vasilev 2023). Learning gives the same model for a seed
/// on any number of threads.
public struct SASRecRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "sasrec"
  /// What it is, in a line.
  public static let summary =
    "the next item by self-attention over the last ones (Kang, McAuley 2018; libtorch)"

  /// Its settings.
  public static let settings: [Setting] = [
    .integer("width", 8...1024, search: 32...256, logarithmic: true, "values of an item's vector") {
      $0.pairs < 500_000 ? 64 : 128
    },
    .integer("layers", 1...8, search: 1...3, "layers of attention") { _ in 2 },
    .integer("heads", 1...16, "heads of attention; they share the width evenly") { _ in 2 },
    .integer("length", 2...2048, "items of a history that are looked at") {
      // Four times the mean holds most histories whole.
      min(200, max(20, 4 * $0.pairs / max(1, $0.users)))
    },
    .real("dropout", 0...0.9, search: 0.1...0.6, "share of values dropped while learning") {
      // Short histories are soon learned by heart.
      let mean = Double($0.pairs) / Double(max(1, $0.users))
      return mean < 20 ? 0.5 : mean < 60 ? 0.3 : 0.2
    },
    .names("loss", ["softmax", "sampled-softmax", "gbce"], isSearched: false, "what is made small")
    {
      // The output layer is most of the work: two thousand drawn items stand for many more.
      $0.items <= 4096 ? "softmax" : "sampled-softmax"
    },
    .integer("negatives", 1...100_000, "items drawn against the wanted one, where they are drawn") {
      min(2048, max(1, $0.items / 2))
    },
    .real("calibration", 0...1, "of gbce: how far the drawing is undone") { _ in 0.75 },
    .integer("batch", 1...65_536, search: 32...256, logarithmic: true, "windows of a step") {
      // Some hundred steps a pass.
      min(128, max(16, $0.users / 128))
    },
    .real("rate", 1e-6...1, search: 1e-3...5e-3, logarithmic: true, "length of Adam's steps") { _ in
      0.003
    },
    .real("decay", 0...1, "decoupled weight decay") { _ in 0 },
    .integer("epochs", 1...10_000, "passes at most") { _ in 100 },
  ]

  private let values: SettingValues

  /// A recommender with settings of ``settings``.
  public init(_ values: SettingValues) { self.values = values }

  /// What hinders it.
  public static func obstacle(_ shape: DataShape) -> String? {
    if !shape.isOrdered { return "the order of the histories is not known" }
    return shape.items > 2_000_000 ? "more than 2 million items" : nil
  }

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    if let obstacle = Self.obstacle(feedback.shape) {
      throw RecommenderError(.unsuitableData, obstacle)
    }
    let shape = try SelfAttentionShape(
      items: feedback.itemCount, width: values.integer("width"), heads: values.integer("heads"),
      layers: values.integer("layers"), maximumLength: values.integer("length"))
    let training = SASRecTraining(
      network: SelfAttentionNetwork(shape: shape, dropout: values.real("dropout")), loss: loss,
      adam: Adam(rate: values.real("rate"), decay: values.real("decay")),
      batches: SequenceBatches(
        histories: feedback.histories, length: shape.maximumLength,
        batchSize: values.integer("batch"), shards: SASRecTraining.shards),
      passes: values.integer("epochs"),
      popularity: (0..<feedback.itemCount).map { Float(feedback.byItem.range($0).count) })
    return try training.run(context)
  }

  private var loss: NextItemLoss {
    let negatives = values.integer("negatives")
    switch values.name("loss") {
    case "gbce":
      return .generalizedBinary(
        negatives: negatives, calibration: values.real("calibration"))
    case "sampled-softmax": return .sampledSoftmax(negatives: negatives)
    default: return .softmax
    }
  }
}
