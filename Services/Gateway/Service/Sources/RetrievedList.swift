/// What one source found, best first.
struct RetrievedList: Sendable {
  /// The source's name.
  var source: String
  /// Version of the bundle that it searched; empty when it needs none.
  var version: String = ""
  /// Item keys.
  var items: [UInt64]
  /// The source's own scores, as many as items.
  var scores: [Float]
  /// Where items were drawn by chance: the probability of each; empty otherwise.
  var propensities: [Float] = []
}
