import RecommendationCore
import ServiceContracts

/// Which of a policy's sources a request wants.
struct SourceSelection: Sendable, Equatable {
  /// nil: all.
  private let names: [String]?

  /// Checks the names.
  init(_ names: [String], policy: Policy, _ checks: inout FieldChecks) {
    self.names = names.isEmpty ? nil : names
    checks.count(names.count, "sources", atMost: Limits.sourceCount)
    let offered = policy.sources.filter(\.isEnabled).map(\.name)
    for (index, name) in names.enumerated().prefix(Limits.sourceCount)
    where !offered.contains(name) {
      checks.refuse(
        "sources[\(index)]",
        "is not a source of this policy; there are: \(offered.joined(separator: ", "))")
    }
  }

  /// Whether all of them are wanted.
  var isWhole: Bool { names == nil }

  /// Whether a source is wanted.
  ///
  /// - Parameter explores: whether the request shows items drawn by chance; a source that draws is wanted only
  ///   then, or where the request names it.
  func wants(_ source: Policy.Source, explores: Bool) -> Bool {
    if let names { return names.contains(source.name) }
    return explores || !source.isDrawn
  }
}

extension Policy.Exploration {
  /// Whether a request explores, drawn by its seed.
  func isDrawn(seed: UInt64) -> Bool {
    guard share > 0, !slots.isEmpty else { return false }
    // Another draw than the source's, which begins with the seed itself.
    var random = SeededGenerator(seed: seed ^ 0x5e1f_7ab1_e000_0001)
    return Double.random(in: 0..<1, using: &random) < share
  }
}
