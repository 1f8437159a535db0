import Recommenders

/// The kinds of recommenders for people to read.
public struct KindListing {
  /// A line a kind, or one kind with its settings.
  public let text: String

  /// A listing.
  ///
  /// - Throws: ``PipelineError`` when there is no such kind.
  public init(_ name: String?) throws {
    guard let name else {
      let width = RecommenderKinds.all.map { $0.name.count }.max() ?? 0
      text = RecommenderKinds.all.map { kind in
        kind.name + String(repeating: " ", count: width - kind.name.count + 2) + kind.summary
      }.joined(separator: "\n")
      return
    }
    guard let kind = RecommenderKinds.named(name) else {
      throw PipelineError(.usage, "there is no kind \(name)")
    }
    text =
      ([kind.summary]
      + kind.settings.map { "  \($0.name): \($0.summary) (\(Self.text($0.domain)))" })
      .joined(separator: "\n")
  }

  private static func text(_ domain: Setting.Domain) -> String {
    switch domain {
    case .integer(let range, _, _): "\(range.lowerBound) to \(range.upperBound)"
    case .real(let range, _, _): "\(range.lowerBound) to \(range.upperBound)"
    case .names(let names): names.joined(separator: ", ")
    }
  }
}
