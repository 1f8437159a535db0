/// Matrix factorisation by Bayesian personalised ranking (Rendle, Freudenthaler, Gantner, Schmidt-Thieme
/// 2009), each taken item against many drawn ones, a share of them by popularity.
///
/// O(epochs · pairs · negatives · factors), as for all contrastive kinds. The same on any number of threads.
struct BPRRecommender: Recommender {
  static let name = "bpr"
  static let summary =
    "factorisation by Bayesian personalised ranking (Rendle et al. 2009)"
  static let settings = ContrastiveSettings.shared(
    factors: ContrastiveSettings.defaultFactors, epochs: 60, rate: 0.01, rates: 0.001...0.05,
    popularShare: 0.5)

  private let values: SettingValues

  init(_ values: SettingValues) { self.values = values }

  func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    try ContrastiveFit.run(
      feedback, ContrastiveSettings(values, loss: .pairwise), context: context)
  }
}

/// Matrix factorisation by the weighted approximate-rank pairwise loss (Weston, Bengio, Usunier 2011).
struct WARPRecommender: Recommender {
  static let name = "warp"
  static let summary =
    "factorisation by the weighted approximate-rank pairwise loss (Weston et al. 2011)"
  static let settings = ContrastiveSettings.shared(
    factors: ContrastiveSettings.defaultFactors, epochs: 60, rate: 0.01, rates: 0.001...0.05,
    popularShare: 0)

  private let values: SettingValues

  init(_ values: SettingValues) { self.values = values }

  func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    try ContrastiveFit.run(
      feedback,
      ContrastiveSettings(values, loss: .rankWeighted(itemCount: feedback.itemCount)),
      context: context)
  }
}

/// Matrix factorisation by the cosine contrastive loss of SimpleX (Mao, Zhu, Wang, Dai, Dong, Xiao, He 2021).
struct CCLRecommender: Recommender {
  static let name = "ccl"
  static let summary =
    "factorisation by the cosine contrastive loss (SimpleX: Mao et al. 2021)"
  static let settings =
    ContrastiveSettings.shared(
      factors: ContrastiveSettings.defaultFactors, epochs: 60, rate: 0.005, rates: 0.001...0.02,
      popularShare: 0)
    + [
      .real(
        "margin", -1...1, search: 0.2...0.95, "cosine below which a drawn item does no harm",
        default: { _ in 0.7 }),
      .real(
        "weight", 0...100_000, search: 10...2000, logarithmic: true,
        "weight of the drawn items beside the taken one", default: { _ in 300 }),
    ]

  private let values: SettingValues

  init(_ values: SettingValues) { self.values = values }

  func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    let loss = ContrastiveLoss.margin(values.float("margin"), weight: values.float("weight"))
    return try ContrastiveFit.run(
      feedback, ContrastiveSettings(values, loss: loss), context: context)
  }
}

/// Matrix factorisation by sampled softmax on cosines (Wu et al., "On the effectiveness of sampled softmax
/// loss for item recommendation", 2022).
struct SoftmaxMFRecommender: Recommender {
  static let name = "softmax-mf"
  static let summary = "factorisation by sampled softmax on cosines (Wu et al. 2022)"
  static let settings =
    ContrastiveSettings.shared(
      factors: ContrastiveSettings.defaultFactors, epochs: 60, rate: 0.003, rates: 0.001...0.02,
      popularShare: 0) + [temperature]

  static let temperature = Setting.real(
    "temperature", 0.01...10, search: 0.05...0.3, logarithmic: true,
    "what cosines are divided by", default: { _ in 0.12 })

  private let values: SettingValues

  init(_ values: SettingValues) { self.values = values }

  func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    let loss = ContrastiveLoss.softmax(temperature: values.float("temperature"))
    return try ContrastiveFit.run(
      feedback, ContrastiveSettings(values, loss: loss), context: context)
  }
}

/// Light graph convolution (He et al. 2020): vectors are propagated on the normalised graph of users and
/// items, and layers averaged; learned by sampled softmax on cosines, which needs far fewer passes than the
/// paper's pairwise loss (Wu et al. 2022).
///
/// O(epochs · pairs / batch · layers · pairs · factors) comes on top.
struct LightGCNRecommender: Recommender {
  static let name = "lightgcn"
  static let summary =
    "vectors propagated on the graph (LightGCN: He et al. 2020), by sampled softmax"
  static let settings =
    ContrastiveSettings.shared(
      factors: { _ in 64 }, epochs: 60, rate: 0.005, rates: 0.001...0.02, popularShare: 0)
    + [
      SoftmaxMFRecommender.temperature,
      .integer("layers", 1...8, search: 1...3, "layers of propagation", default: { _ in 2 }),
    ]

  private let values: SettingValues

  init(_ values: SettingValues) { self.values = values }

  func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    let loss = ContrastiveLoss.softmax(temperature: values.float("temperature"))
    return try ContrastiveFit.run(
      feedback, ContrastiveSettings(values, loss: loss), context: context)
  }
}

/// item2vec (Barkan, Koenigstein 2016): items as words, histories as sentences; each item is to be told from
/// drawn ones by another item of the same history. A user is the mean of the history, so that new histories
/// need no learning.
struct Item2VecRecommender: Recommender {
  static let name = "item2vec"
  static let summary =
    "items as words of histories (item2vec: Barkan, Koenigstein 2016), by sampled softmax"
  static let settings =
    ContrastiveSettings.shared(
      factors: ContrastiveSettings.defaultFactors, epochs: 60, rate: 0.003, rates: 0.001...0.02,
      popularShare: 0.5) + [SoftmaxMFRecommender.temperature]

  private let values: SettingValues

  init(_ values: SettingValues) { self.values = values }

  func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    let loss = ContrastiveLoss.softmax(temperature: values.float("temperature"))
    var settings = ContrastiveSettings(values, loss: loss)
    settings.usesNeighbours = true
    return try ContrastiveFit.run(feedback, settings, context: context)
  }
}
