import LinearAlgebra
import Models

/// A linear model between all items without itself, in closed form (EASE: Steck 2019), with a penalty that
/// may grow with an item's frequency and with dropout (EDLAE: Steck 2020).
///
/// O(items³) to learn, on all cores; memory one dense matrix between items.
public struct EASERecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "ease"
  /// What it is.
  public static let summary = "a linear model between all items, in closed form (EASE, EDLAE)"
  /// Its settings.
  public static let settings: [Setting] =
    LinearSettings.shared + [
      .real(
        "dropout", 0...0.95, search: 0...0.8,
        "share of a history that is thought missing: a penalty on items by their count",
        default: { _ in 0 })
    ]
  private let values: SettingValues

  /// A recommender with settings.
  public init(_ values: SettingValues) { self.values = values }

  /// Why it cannot learn from data of this shape; nil when it can.
  public static func obstacle(_ shape: DataShape) -> String? {
    ItemGram.obstacle(shape, matrices: 1)
  }

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    let size = feedback.itemCount
    var matrix = Matrix(rows: size, columns: size)
    ItemGram.add(
      feedback,
      userWeights: ItemGram.userWeights(
        feedback.byUser, exponent: values.float("users-exponent")), scale: 1, to: &matrix,
      threads: context.threads)
    let penalties = ItemGram.penalties(
      feedback, regularization: values.float("regularization"),
      exponent: values.float("frequency-exponent"))
    let dropout = values.float("dropout")
    for item in 0..<size {
      matrix[item, item] += penalties[item] + dropout / (1 - dropout) * matrix[item, item]
    }
    try ItemGram.invert(&matrix, context: context)
    let factors = LinearSettings.targetFactors(
      feedback, exponent: values.float("target-exponent"))
    let scales = (0..<size).map { -factors[$0] / matrix[$0, $0] }
    matrix.withUnsafeMutableValues { values in
      guard let start = values.baseAddress else { return }
      // Safe: threads write to rows of their own.
      nonisolated(unsafe) let base = start
      ParallelRows(threads: context.threads).run(count: size) { _, rows in
        for row in rows {
          for column in 0..<size { base[row * size + column] *= scales[column] }
          base[row * size + row] = 0
        }
      }
    }
    return DenseItemScores(
      weights: matrix, history: HistoryWeights(halfLife: nil), tail: PopularityTail(feedback))
  }
}
