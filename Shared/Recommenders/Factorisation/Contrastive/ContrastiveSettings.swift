/// Settings of the contrastive factorisation that its kinds share.
struct ContrastiveSettings: Sendable {
  var loss: ContrastiveLoss
  var factors: Int
  var epochs: Int
  var batch: Int
  var negatives: Int
  /// Share of the drawn items that are drawn by popularity; the rest evenly.
  var popularShare: Double
  var rate: Float
  /// Pull of vectors to zero, a step.
  var decay: Float
  /// Layers of propagation on the graph of users and items; 0: none.
  var layers: Int
  /// Whether another item of the history stands for the user, as a word's neighbour does (item2vec).
  var usesNeighbours = false

  /// What all kinds let be set.
  static func shared(
    factors: @escaping @Sendable (DataShape) -> Int, epochs: Int, rate: Double,
    rates: ClosedRange<Double>, popularShare: Double
  ) -> [Setting] {
    [
      .integer(
        "factors", 1...2048, search: 32...256, logarithmic: true, "length of a vector",
        default: factors),
      .integer("epochs", 1...10_000, "passes over what was taken", default: { _ in epochs }),
      .integer(
        "batch", 16...65_536, "taken items that are learned from at once",
        // Enough steps an epoch for small data too.
        default: { min(4096, max(256, $0.pairs / 64)) }),
      .integer(
        "negatives", 1...65_536, "items drawn for a batch, which all its users share",
        default: { min(1024, max(16, $0.items / 2)) }),
      .real(
        "popular", 0...1, search: 0...1, "share of them drawn by popularity, the rest evenly",
        default: { _ in popularShare }),
      .real(
        "rate", 1e-6...10, search: rates, logarithmic: true, "length of a step (Adam's)",
        default: { _ in rate }),
      .real(
        "decay", 0...10, "pull of vectors to zero a step, of the slope's size",
        default: { _ in 0 }),
    ]
  }

  init(_ values: SettingValues, loss: ContrastiveLoss) {
    self.loss = loss
    factors = values.integer("factors")
    epochs = values.integer("epochs")
    batch = values.integer("batch")
    negatives = values.integer("negatives")
    popularShare = values.real("popular")
    rate = values.float("rate")
    decay = values.float("decay")
    layers = values.integer("layers")
  }

  /// About as many as a user and an item have entries between them allow to be learned.
  static func defaultFactors(_ shape: DataShape) -> Int {
    shape.pairs < 100_000 ? 64 : 128
  }
}
