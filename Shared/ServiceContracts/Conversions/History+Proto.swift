import RecommendationCore
import RecommendationProtos

extension History {
  /// The history of a message: columns of one length, finite weights.
  public init(proto: Recsys_Common_V1_History, _ checks: inout FieldChecks) {
    let count = proto.itemKeys.count
    checks.keys(proto.itemKeys, "item_keys", limit: Limits.historyCount)
    checks.require(
      proto.weights.count == count, "weights", "must have as many values as item_keys")
    checks.require(
      proto.timesMs.count == count, "times_ms", "must have as many values as item_keys")
    if let index = proto.weights.firstIndex(where: { !$0.isFinite }) {
      checks.refuse("weights[\(index)]", "must be a finite number")
    }
    self.init(
      items: proto.itemKeys.map { ItemID(rawValue: $0) }, weights: proto.weights,
      timesMilliseconds: proto.timesMs)
  }

  /// The history of a message; throws INVALID_ARGUMENT where its columns do not fit.
  public init(proto: Recsys_Common_V1_History) throws {
    self = try FieldChecks.collect { History(proto: proto, &$0) }
  }

  /// As a message.
  public var proto: Recsys_Common_V1_History {
    var message = Recsys_Common_V1_History()
    message.itemKeys = items.map(\.rawValue)
    message.weights = weights
    message.timesMs = timesMilliseconds
    return message
  }
}
