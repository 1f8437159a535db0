/// How the sources' lists become one order. A new way is a file beside this one and a line in ``BlendKind``.
protocol Blend: Sendable {
  /// Puts the hits of all lists into the table, scores the items, and says which are ranked and in what order.
  ///
  /// - Parameters:
  ///   - lists: with their places among all lists of the request.
  ///   - limit: most items that are ranked.
  ///   - seed: of what is drawn by chance: with equal seeds lists are blended alike.
  /// - Returns: slots of the table, best first, each once, at most `limit`.
  func blend(_ lists: [BlendedList], limit: Int, seed: UInt64, into table: inout HitTable) -> [Int]
}

/// One source's list, with what the policy says of it.
struct BlendedList: Sendable {
  var list: RetrievedList
  /// Place among all lists of the request.
  var source: UInt16
  var weight: Float
  var reserved: Int
}

/// The ways to blend, by the names that policies use.
enum BlendKind: String, Sendable, CaseIterable {
  case quota
  case weighted
  case reciprocalRankFusion = "reciprocal_rank_fusion"
  case interleave

  /// The way of this name.
  func blend(fusionConstant: Float) -> any Blend {
    switch self {
    case .quota: QuotaBlend(constant: fusionConstant)
    case .weighted: WeightedBlend()
    case .reciprocalRankFusion: ReciprocalRankBlend(constant: fusionConstant)
    case .interleave: InterleaveBlend()
    }
  }
}
