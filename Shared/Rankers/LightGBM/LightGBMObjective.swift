internal import Foundation

/// How LightGBM makes a prediction of a margin (`ConvertOutput` of its objectives).
enum LightGBMObjective: Sendable, Equatable {
  /// As it is: regression, ranking.
  case identity
  /// `1 / (1 + exp(-slope x))`: binary, cross entropy.
  case sigmoid(slope: Double)
  /// `exp(x)`: Poisson, gamma, Tweedie.
  case exponential
  /// `sign(x) x²`: regression on roots (`reg_sqrt`).
  case signedSquare
  /// `ln(1 + exp(x))`: cross entropy by intensity (`cross_entropy_lambda`).
  case softplus

  /// The objective of the file's line; nil for one with several scores a row, or unknown.
  init?(_ line: String) {
    let words = line.split(separator: " ").map(String.init)
    switch words.first {
    case "regression" where words.contains("sqrt"), "regression_l2" where words.contains("sqrt"):
      self = .signedSquare
    case nil, "regression", "regression_l1", "regression_l2", "huber", "fair", "quantile", "mape",
      "lambdarank", "rank_xendcg", "custom":
      self = .identity
    case "binary":
      let slopes = words.compactMap { word in
        word.hasPrefix("sigmoid:") ? Double(word.dropFirst("sigmoid:".count)) : nil
      }
      let slope = slopes.first ?? 1
      guard slope.isFinite, slope > 0 else { return nil }
      self = .sigmoid(slope: slope)
    case "cross_entropy":
      self = .sigmoid(slope: 1)
    case "cross_entropy_lambda":
      self = .softplus
    case "poisson", "gamma", "tweedie":
      self = .exponential
    default:
      return nil
    }
  }

  /// The prediction of a margin.
  func prediction(_ margin: Double) -> Double {
    switch self {
    case .identity: margin
    case .sigmoid(let slope): 1 / (1 + exp(-slope * margin))
    case .exponential: exp(margin)
    case .signedSquare: margin < 0 ? -margin * margin : margin * margin
    case .softplus: log1p(exp(margin))
    }
  }
}
