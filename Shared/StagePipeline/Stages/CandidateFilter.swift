/// Drops candidates by rule, each with a reason.
public protocol CandidateFilter<Query, Candidate>: Sendable {
  associatedtype Query: PipelineQuery
  associatedtype Candidate: PipelineCandidate
  /// Whether this request wants it.
  func isEnabled(for query: Query) -> Bool
  /// Parts the candidates. It must not wait: it runs in place. What it keeps stays in order, and what it
  /// keeps and removes together is what it was given: the frame checks both.
  func filter(_ candidates: [Candidate], for query: Query) throws -> Filtered<Candidate>
}

extension CandidateFilter {
  /// Enabled unless said otherwise.
  public func isEnabled(for query: Query) -> Bool { true }
}

/// Why a filter removed a candidate: a short constant such as "seen".
public struct RemovalReason: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
  /// As replies and metrics say it.
  public let rawValue: String
  /// A reason.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// A reason.
  public init(stringLiteral value: String) { rawValue = value }
}

/// What a filter kept and what it removed.
public struct Filtered<Candidate: Sendable>: Sendable {
  /// In the order given.
  public var kept: [Candidate]
  /// With the reason of each.
  public var removed: [(candidate: Candidate, reason: RemovalReason)]

  /// A result.
  @inlinable
  public init(
    kept: [Candidate], removed: [(candidate: Candidate, reason: RemovalReason)] = []
  ) {
    self.kept = kept
    self.removed = removed
  }

  /// Asks for each candidate on its own whether, and why, it must go. Costs no copy when none must.
  @inlinable
  public init(
    _ candidates: [Candidate], removing reason: (Candidate) throws -> RemovalReason?
  ) rethrows {
    kept = candidates
    removed = []
    for (index, candidate) in candidates.enumerated() {
      if let reason = try reason(candidate) {
        if removed.isEmpty { kept = Array(candidates[..<index]) }
        removed.append((candidate, reason))
      } else if !removed.isEmpty {
        kept.append(candidate)
      }
    }
  }
}
