import Artifacts
import Foundation

/// What the world knows of itself: how relevant each item really is to each user.
///
/// The relevance of item i to user u is the probability of a click when the item is looked at:
///
///     sigmoid(3.6 taste(u) . taste(i) + 0.8 quality(i) - thrift(u) |ln price(i) - ln budget(u)| - 2.2)
///
/// with tastes of length 1. A purchase follows a click with probability `relevance^2 / 2`. Sessions are
/// drawn from it, and simulated experiments and off-policy estimates can be checked against it.
public struct TrueRelevance: Sendable {
  /// Tastes of users by row.
  public var userTastes: [TasteVector]
  /// How much a user minds a price away from the budget, 0 to 1.
  public var userThrift: [Float]
  /// Natural logarithm of what a user likes to spend.
  public var userLogBudgets: [Float]
  /// Tastes that items meet, by row.
  public var itemTastes: [TasteVector]
  /// How good items are for everybody; about normal.
  public var itemQuality: [Float]
  /// Natural logarithm of prices.
  public var itemLogPrices: [Float]

  /// Probability that the user clicks on the item, having looked at it.
  @inline(__always)
  public func relevance(user: Int, item: Int) -> Double {
    let priceGap = abs(itemLogPrices[item] - userLogBudgets[user])
    let logit =
      3.6 * userTastes[user].dot(itemTastes[item]) + 0.8 * itemQuality[item]
      - userThrift[user] * priceGap - 2.2
    return 1 / (1 + exp(-Double(logit)))
  }

  /// Probability that the user buys the item, having clicked on it.
  public func purchaseProbability(user: Int, item: Int) -> Double {
    let relevance = relevance(user: user, item: item)
    return relevance * relevance / 2
  }

  /// Probability that a user looks at a place of a slate, from 1 (power-law position bias).
  public static func examination(position: Int) -> Double {
    pow(Double(max(position, 1)), -0.55)
  }

  /// Writes the truth as a safetensors file.
  public func write(to path: String) throws {
    func matrix(_ tastes: [TasteVector]) throws -> TensorData {
      try TensorData(
        tastes.flatMap { taste in (0..<TasteVector.dimensions).map { taste.values[$0] } },
        shape: [tastes.count, TasteVector.dimensions])
    }
    try SafetensorsFile.write(
      [
        "user_taste": matrix(userTastes), "user_thrift": TensorData(userThrift),
        "user_log_budget": TensorData(userLogBudgets), "item_taste": matrix(itemTastes),
        "item_quality": TensorData(itemQuality), "item_log_price": TensorData(itemLogPrices),
      ],
      metadata: [
        "format": "recsys-truth",
        "relevance":
          "sigmoid(3.6 user_taste.item_taste + 0.8 item_quality - user_thrift |item_log_price - user_log_budget| - 2.2)",
        "examination": "position^-0.55", "purchase_given_click": "relevance^2 / 2",
      ], to: path)
  }

  /// Reads what ``write(to:)`` wrote.
  public static func read(_ path: String) throws -> TrueRelevance {
    let file = try SafetensorsFile.open(path)
    func tastes(_ name: String) throws -> [TasteVector] {
      let values = try file.values(name, as: Float.self, shape: [-1, TasteVector.dimensions])
      return stride(from: 0, to: values.count, by: TasteVector.dimensions).map { start in
        TasteVector(SIMD8(values[start..<start + TasteVector.dimensions]))
      }
    }
    return try TrueRelevance(
      userTastes: tastes("user_taste"),
      userThrift: file.values("user_thrift", as: Float.self),
      userLogBudgets: file.values("user_log_budget", as: Float.self),
      itemTastes: tastes("item_taste"),
      itemQuality: file.values("item_quality", as: Float.self),
      itemLogPrices: file.values("item_log_price", as: Float.self))
  }
}
