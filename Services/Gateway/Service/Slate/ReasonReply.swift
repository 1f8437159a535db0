import RecommendationProtos

/// A reason as clients get it.
enum ReasonReply {
  static func message(
    _ reason: Recsys_Explanation_V1_Reason, level: Recsys_Gateway_V1_ExplainLevel
  ) -> Recsys_Gateway_V1_Reason {
    var message = Recsys_Gateway_V1_Reason()
    message.text = reason.text
    guard level != .text else { return message }
    message.evidence = reason.evidence.map { evidence in
      var piece = Recsys_Gateway_V1_ReasonEvidence()
      piece.kind = name(of: evidence.kind)
      piece.itemID = evidence.itemID
      piece.itemTitle = evidence.itemTitle
      piece.value = evidence.value
      piece.total = evidence.total
      piece.name = evidence.name
      piece.textValue = evidence.textValue
      return piece
    }
    return message
  }

  private static func name(of kind: Recsys_Explanation_V1_Evidence.Kind) -> String {
    switch kind {
    case .pastItem: "past_item"
    case .contentNeighbour: "content_neighbour"
    case .sharedAttribute: "shared_attribute"
    case .trending: "trending"
    case .rankerFeature: "ranker_feature"
    case .rule: "rule"
    case .exploration: "exploration"
    case .unspecified, .UNRECOGNIZED: "other"
    }
  }
}
