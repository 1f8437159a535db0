import Catalogue
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import StagePipeline

/// Which of the user's past items, each taken away alone, would cost an item its place in the slate.
///
/// Found by making the slate anew without the past item. What is computed anew: retrieval, by the real sources from
/// the history without it; with that the retrieval features; the ranking, by the ranker in force; filters and
/// selection. What stays as it is: the features that the Feature service keeps of the user and of user-item pairs
/// (they are sums over all events), and the seen set, so that the past item itself cannot come in as new. For an
/// anonymous session, whose recent items come with the request, these are computed anew too.
struct Counterfactual {
  /// Most past items that are tried.
  static let mostTried = 20

  let trace: RequestTrace
  let item: ItemID
  /// When to stop trying.
  let deadline: ContinuousClock.Instant

  /// What was found.
  struct Outcome {
    /// The past items without which the item loses its place.
    var decisive: [Recsys_Gateway_V1_ReasonEvidence] = []
    /// How many were tried.
    var tried = 0
  }

  /// Tries the past items that weigh most in the item's reason, then the newest.
  ///
  /// - Parameter reason: the item's, for the order of trying and the weights told.
  func find(reason: Recsys_Gateway_V1_Reason) async throws -> Outcome {
    var outcome = Outcome()
    // What cannot be made again with the whole history says nothing about a part of it.
    guard try await rank(without: nil) != nil else { return outcome }
    let catalogue = trace.initial.catalogue
    let evidence = Dictionary(
      reason.evidence.filter { $0.kind == "past_item" }.map { (ItemID(external: $0.itemID), $0) }
    ) { first, _ in first }
    for past in tried(first: reason.evidence) where ContinuousClock.now < deadline {
      outcome.tried += 1
      guard try await rank(without: past) == nil else { continue }
      var piece = evidence[past] ?? Recsys_Gateway_V1_ReasonEvidence()
      piece.kind = "past_item"
      if let known = catalogue.item(past) {
        piece.itemID = known.externalID
        piece.itemTitle = known.title
      }
      outcome.decisive.append(piece)
    }
    return outcome
  }

  /// Past items that speak for anything: those of the reason first, then the newest, each once.
  private func tried(first evidence: [Recsys_Gateway_V1_ReasonEvidence]) -> [ItemID] {
    let history = trace.result.query.user.history
    let liked = zip(history.itemKeys, history.weights).filter { $0.1 > 0 }
      .map { ItemID(rawValue: $0.0) }
    let known = Set(liked)
    let named = evidence.filter { $0.kind == "past_item" }.map { ItemID(external: $0.itemID) }
    return Array(
      (named.filter(known.contains) + liked).withoutRepeats().prefix(Self.mostTried))
  }

  /// The item's place in the slate made without a past item; nil where it has none.
  private func rank(without past: ItemID?) async throws -> Int? {
    let request = try trace.request { message in
      message.explain = .none
      if case .session(var session) = message.subject.kind {
        session.recentItemIds.removeAll { past == ItemID(external: $0) }
        message.subject.session = session
      }
    }
    var user = trace.result.query.user
    if let past { user.history.remove(past.rawValue) }
    let isSession = if case .session = request.subject { true } else { false }
    let result = try await trace.runAnew(
      request: request, user: isSession ? nil : user, deadline: deadline)
    // A slate of bad times would blame the past item for them.
    guard result.degradations.isEmpty else {
      throw RPCError(
        .unavailable,
        "The counterfactual cannot be found now: \(result.degradations[0].component) "
          + "(\(result.degradations[0].reason.rawValue)).")
    }
    return result.slate.firstIndex { $0.id == item }
  }
}

extension RequestTrace {
  /// Makes the slate anew: asks the services as they are now.
  ///
  /// - Parameters:
  ///   - request: what to ask.
  ///   - user: what is known of the user; nil: what the Feature service knows now.
  func runAnew(
    request: AdmittedRequest, user: UserState?, deadline: ContinuousClock.Instant
  ) async throws -> RequestTrace.Result {
    var query = initial
    query.request = request
    query.filter = try initial.catalogue.compile(request.filter, nowMilliseconds: request.now)
    let limit = min(deadline, .now + pipeline.policy.maximumDeadline)
    return try await pipeline.asking(user: user).run(query, deadline: limit)
  }
}

/// The user as given, whatever the Feature service knows.
struct GivenUser: QueryHydrator {
  let user: UserState
  func hydrate(_ query: inout RecommendQuery, in context: StageContext) async throws {
    query.user = user
  }
}

extension Recsys_Common_V1_History {
  /// Takes an item out of all columns.
  fileprivate mutating func remove(_ key: UInt64) {
    let kept = itemKeys.indices.filter { itemKeys[$0] != key }
    guard kept.count < itemKeys.count else { return }
    (itemKeys, weights, timesMs) = (
      kept.map { itemKeys[$0] }, kept.map { weights[$0] }, kept.map { timesMs[$0] }
    )
  }
}
