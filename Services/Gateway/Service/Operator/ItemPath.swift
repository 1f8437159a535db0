import Catalogue
import RecommendationCore
import RecommendationProtos
import StagePipeline

/// How far an item came on a request's way, read from the request's trace.
struct ItemPath {
  /// The stage at which the item ended.
  enum Ending: Equatable {
    /// Its place in the page, from 0.
    case inSlate(Int)
    /// No source found it.
    case notRetrieved
    /// More was found than may be ranked, and it was cut.
    case cut
    /// A filter removed it, for this reason.
    case removed(String)
    /// It was ranked, at this place from 0, and not picked.
    case notPicked(Int)
  }

  let trace: RequestTrace
  let item: ItemID
  let ending: Ending
  /// Every source that found it.
  let hits: [Recsys_Gateway_V1_SourceHit]
  /// Verdicts in the order of the stages, up to the last that the item reached.
  private(set) var verdicts: [Recsys_Gateway_V1_StageVerdict] = []

  /// The path of an item.
  ///
  /// - Complexity: O(candidates).
  init(of item: ItemID, in trace: RequestTrace) {
    self.trace = trace
    self.item = item
    hits = Self.hits(of: item, in: trace)
    ending = Self.ending(of: item, in: trace, wasFound: !hits.isEmpty)
    verdicts = makeVerdicts()
  }

  /// Place among the ranked, from 0; nil where it was not ranked.
  var rank: Int? { trace.result.ranked.firstIndex { $0.id == item } }

  /// Whether the candidates were in the ranker's order.
  var isRanked: Bool {
    trace.initial.page == nil
      ? !trace.result.query.scores.isEmpty
      : trace.result.query.versions.contains { $0.component == "ranker" }
  }

  private static func hits(
    of item: ItemID, in trace: RequestTrace
  ) -> [Recsys_Gateway_V1_SourceHit] {
    let provenance = trace.result.query.provenance
    // A later page has the provenance of its first, not the lists.
    if let page = trace.initial.page {
      guard let candidate = page.ranked.first(where: { $0.id == item }) else { return [] }
      return provenance.hits(of: candidate).map {
        hit(provenance.source(of: $0), rank: Int($0.rank), score: $0.score)
      }
    }
    return trace.result.query.retrieved.compactMap { list in
      list.items.firstIndex(of: item.rawValue).map {
        hit(list.source, rank: $0 + 1, score: list.scores[$0])
      }
    }
  }

  private static func hit(
    _ source: String, rank: Int, score: Float
  ) -> Recsys_Gateway_V1_SourceHit {
    var hit = Recsys_Gateway_V1_SourceHit()
    hit.source = source
    hit.rank = UInt32(clamping: rank)
    hit.score = Double(score)
    return hit
  }

  private static func ending(of item: ItemID, in trace: RequestTrace, wasFound: Bool) -> Ending {
    let result = trace.result
    if let place = result.slate.firstIndex(where: { $0.id == item }) { return .inSlate(place) }
    if let removal = result.removed.first(where: { $0.candidate.id == item }) {
      return .removed(removal.reason.rawValue)
    }
    if let place = result.ranked.firstIndex(where: { $0.id == item }) {
      return trace.initial.request.shown.contains(item)
        ? .removed("shown_before") : .notPicked(place)
    }
    return wasFound ? .cut : .notRetrieved
  }
}

// MARK: Verdicts

extension ItemPath {
  private func makeVerdicts() -> [Recsys_Gateway_V1_StageVerdict] {
    let catalogue = trace.initial.catalogue
    let isThere = catalogue.contains(item)
    var verdicts = [
      verdict(
        "catalogue", isThere, isThere ? "in the catalogue" : "the catalogue does not have it",
        catalogue.count, catalogue.count)
    ]
    verdicts.append(retrieval)
    guard ending != .notRetrieved else { return verdicts }
    if ending == .cut { return verdicts + [merge] }
    for timing in trace.result.timings where isFilter(timing.stage) {
      let reason = trace.result.removed.first {
        $0.candidate.id == item && $0.stage == timing.stage
      }?.reason.rawValue
      verdicts.append(
        verdict(
          timing.stage, reason == nil, reason.map { "removed: \(Self.words(for: $0))" } ?? "passed",
          timing.countIn, timing.countOut))
      if reason != nil { return verdicts }
    }
    if let rank { verdicts.append(ranking(rank)) }
    verdicts.append(picking)
    return verdicts
  }

  private var retrieval: Recsys_Gateway_V1_StageVerdict {
    let timing = trace.result.timings.first { $0.stage == "fan_out" }
    let found = trace.result.query.retrieved.map { "\($0.source) \($0.items.count)" }
    let text: String
    if hits.isEmpty {
      let facts = [
        found.isEmpty ? nil : "they gave: \(found.joined(separator: ", "))", whyNotFound,
      ]
      text = (["no source found it"] + facts.compactMap { $0 }).joined(separator: "; ")
    } else {
      text =
        "found by " + hits.map { "\($0.source) at \($0.rank)" }.joined(separator: ", ")
    }
    return verdict(
      "retrieval", !hits.isEmpty, text, trace.initial.catalogue.count, timing?.countOut ?? 0)
  }

  /// What kept sources from finding it, where that is plain.
  private var whyNotFound: String? {
    let query = trace.initial
    let user = trace.result.query.user
    if !query.catalogue.contains(item) { return nil }
    if let reason = query.filter.removalReason(item) {
      return "the request does not want it: \(Self.words(for: reason.rawValue))"
    }
    if query.request.excludesSeen, user.seen.contains(item.rawValue) {
      return "the user has seen it"
    }
    return query.request.shown.contains(item) ? "an earlier page showed it" : nil
  }

  private var merge: Recsys_Gateway_V1_StageVerdict {
    let found = Set(trace.result.query.retrieved.flatMap(\.items)).count
    let left = trace.result.ranked.count + trace.result.removed.count
    return verdict(
      "merge", false, "cut: \(found) items were found, and the best \(left) by merged score ranked",
      found, left)
  }

  private func ranking(_ place: Int) -> Recsys_Gateway_V1_StageVerdict {
    let ranked = trace.result.ranked
    let score = ranked[place].score
    let text =
      "\(Ordinal.text(place + 1)) of \(ranked.count) by "
      + (isRanked ? "score" : "merged retrieval order, since no ranker answered")
      + " (\(ScoreText.text(score)))"
    return verdict("ranking", true, text, ranked.count, ranked.count)
  }

  private var picking: Recsys_Gateway_V1_StageVerdict {
    let result = trace.result
    if case .inSlate(let place) = ending {
      let number = trace.initial.request.shown.count + place + 1
      return verdict(
        "rerank", true, "\(Ordinal.text(number)) in the slate", result.ranked.count,
        result.slate.count)
    }
    if case .removed = ending {
      return verdict(
        "rerank", false, Self.words(for: "shown_before"), result.ranked.count, result.slate.count)
    }
    let lowest = result.slate.map(\.rankBefore).max() ?? 0
    let below = rank.map { Int32($0) >= lowest } ?? true
    let text =
      below
      ? "below the slate: its last place by score is the \(Ordinal.text(Int(lowest)))"
      : "passed over: the slate goes down to the \(Ordinal.text(Int(lowest))) by score, "
        + "for the sake of variety or of a rule"
    return verdict("rerank", false, text, result.ranked.count, result.slate.count)
  }

  /// Every stage between retrieval and ranking that saw candidates, and only took from them.
  private func isFilter(_ stage: String) -> Bool {
    !["fan_out", "merge", "page", "rerank"].contains(stage) && !ServiceStages.names.contains(stage)
  }

  private func verdict(
    _ stage: String, _ kept: Bool, _ text: String, _ countIn: Int, _ countOut: Int
  ) -> Recsys_Gateway_V1_StageVerdict {
    var verdict = Recsys_Gateway_V1_StageVerdict()
    verdict.stage = stage
    verdict.kept = kept
    verdict.text = text
    verdict.countIn = UInt32(clamping: countIn)
    verdict.countOut = UInt32(clamping: countOut)
    return verdict
  }

  /// A removal's reason for people.
  private static func words(for reason: String) -> String {
    switch reason {
    case "seen": "the user has seen it"
    case "shown_before": "an earlier page showed it"
    case "unknown_item": "the catalogue does not have it"
    case "deny_list": "the request names it as not wanted"
    case "allow_list": "the request wants certain other items only"
    case "not_available": "it is not available at this time"
    case "category": "its categories are not those that the request wants"
    case "year": "its year is not in the request's range, or not known"
    case "price": "its price is not in the request's range, or not known"
    case "attribute": "an attribute is not as the request wants it"
    default: reason
    }
  }
}

/// 1st, 2nd, 3rd, …
enum Ordinal {
  static func text(_ number: Int) -> String {
    let isTeen = (11...13).contains(number % 100)
    let ending = isTeen ? "th" : [1: "st", 2: "nd", 3: "rd"][number % 10] ?? "th"
    return "\(number)\(ending)"
  }
}
