import Catalogue
import Logging
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// Asks all wanted sources at once, each within its own time.
struct RetrieveHandler: Sendable {
  let sources: CandidateSources
  let catalogue: LiveCatalogue
  let pool: ComputePool
  let logger: Logger
  /// Left of the call's deadline for the way back when a source has no budget of its own.
  let reserve: Duration
  private let metrics = SourceMetrics()

  init(
    sources: CandidateSources, catalogue: LiveCatalogue, pool: ComputePool, logger: Logger,
    reserve: Duration = .milliseconds(5)
  ) {
    self.sources = sources
    self.catalogue = catalogue
    self.pool = pool
    self.logger = logger
    self.reserve = reserve
  }

  /// An answer and the time that it took.
  private struct Timed: Sendable {
    var reply: SourceReply
    var took: Duration
  }

  func retrieve(
    _ message: Recsys_Candidates_V1_RetrieveRequest, _ context: ServerContext
  ) async throws -> Recsys_Candidates_V1_RetrieveResponse {
    let request = try CheckedRetrieveRequest(message, sources, catalogue.snapshot)
    let start = ContinuousClock.now
    let deadline = context.deadline.map { $0 - reserve }
    let ends = request.wanted.map { $0.budget.map { start + $0 } ?? deadline }
    let race = RetrievalRace<Timed>(count: request.wanted.count)
    var tasks = turns(request).map { places in
      Task.immediate(executorPreference: TransportExecution.executor) {
        await ask(request, places, ends, start, race)
      }
    }
    tasks.append(
      Task.immediate(executorPreference: TransportExecution.executor) {
        await Self.watchClock(request.wanted, ends, start, race)
      })
    let running = tasks
    let answers = await withTaskCancellationHandler {
      await race.answers()
    } onCancel: {
      for task in running { task.cancel() }
    }
    for task in running { task.cancel() }
    try Task.checkCancellation()
    if !answers.isEmpty, answers.allSatisfy({ $0.reply.outcome == .overloaded }) {
      throw RPCError.resourceExhausted(
        "Too much work waits on this server.", retryAfter: .milliseconds(50))
    }
    return response(request, answers)
  }

  /// Places of the sources by the thread that asks them: the cheap ones one after the other, all others at once.
  private func turns(_ request: CheckedRetrieveRequest) -> [[Int]] {
    let cheap = request.wanted.indices.filter { request.wanted[$0].source.isCheap }
    let others = request.wanted.indices.filter { !request.wanted[$0].source.isCheap }
    return (cheap.isEmpty ? [] : [cheap]) + others.map { [$0] }
  }

  /// Asks sources, one after the other, on one thread of the compute pool. What goes wrong becomes the source's
  /// result.
  private func ask(
    _ request: CheckedRetrieveRequest, _ places: [Int], _ ends: [ContinuousClock.Instant?],
    _ start: ContinuousClock.Instant, _ race: RetrievalRace<Timed>
  ) async {
    do {
      try await pool.run {
        for place in places {
          let begin = ContinuousClock.now
          let answer = reply(request, place, TimeBudget(end: ends[place]))
          // The first waits for the thread, the others for those before them: that is no work of theirs.
          let took = ContinuousClock.now - (place == places.first ? start : begin)
          race.settle(place, Timed(reply: answer, took: took))
        }
      }
    } catch {
      for place in places {
        race.settle(
          place,
          Timed(
            reply: failure(error, request.wanted[place].source),
            took: ContinuousClock.now - start))
      }
    }
  }

  /// One source's answer.
  private func reply(
    _ request: CheckedRetrieveRequest, _ place: Int, _ budget: TimeBudget
  ) -> SourceReply {
    let wanted = request.wanted[place]
    guard request.query.catalogue.count > 0 else {
      return SourceReply(
        outcome: .failed(reason: "the catalogue is empty"), version: wanted.source.version)
    }
    guard !budget.isSpent else {
      return SourceReply(outcome: .timedOut(CandidateList()), version: wanted.source.version)
    }
    do {
      return try wanted.source.retrieve(request.query, quota: wanted.quota, budget: budget)
    } catch {
      return failure(error, wanted.source)
    }
  }

  private func failure(_ error: any Error, _ source: any CandidateSource) -> SourceReply {
    let isOverload = (error as? RPCError)?.code == .resourceExhausted
    if !isOverload, !(error is CancellationError) {
      logger.error(
        "source failed", metadata: ["source": "\(source.name)", "error": "\(error)"])
    }
    return SourceReply(
      outcome: isOverload ? .overloaded : .failed(reason: "internal error"),
      version: source.version)
  }

  /// Answers for each source whose time is up before it came back.
  private static func watchClock(
    _ wanted: [CheckedRetrieveRequest.Wanted], _ ends: [ContinuousClock.Instant?],
    _ start: ContinuousClock.Instant, _ race: RetrievalRace<Timed>
  ) async {
    let byTime = ends.enumerated().compactMap { place, end in end.map { (place, $0) } }
      .sorted { $0.1 < $1.1 }
    for (place, end) in byTime {
      // A cancelled sleep ends at once: then nobody waits any more, or everybody has come.
      try? await Task.sleep(until: end, tolerance: .microseconds(200), clock: .continuous)
      race.settle(
        place,
        Timed(
          reply: SourceReply(
            outcome: .timedOut(CandidateList()), version: wanted[place].source.version),
          took: ContinuousClock.now - start))
    }
  }

  private func response(
    _ request: CheckedRetrieveRequest, _ answers: [Timed]
  ) -> Recsys_Candidates_V1_RetrieveResponse {
    var response = Recsys_Candidates_V1_RetrieveResponse()
    response.results = zip(request.wanted, answers).map { wanted, answer in
      var result = Recsys_Candidates_V1_SourceResult(answer.reply)
      result.source = wanted.source.name
      result.tookUs = UInt32(clamping: Int64(answer.took / .microseconds(1)))
      metrics.record(wanted.source.name, answer.reply.outcome, answer.took)
      return result
    }
    // Unknown to every source that looked at the history.
    let missing = answers.compactMap { $0.reply.missing.map(Set.init) }
    if let first = missing.first {
      let unknown = missing.dropFirst().reduce(first) { $0.intersection($1) }
      response.missingItemKeys = unknown.map(\.rawValue).sorted()
    }
    return response
  }
}

extension Recsys_Candidates_V1_SourceResult {
  /// The columns and the status of an answer.
  init(_ reply: SourceReply) {
    self.init()
    version = reply.version
    propensities = reply.propensities
    switch reply.outcome {
    case .found(let list):
      status = .ok
      set(list)
    case .notApplicable(let why):
      status = .notApplicable
      reason = why
    case .timedOut(let list):
      status = .timedOut
      reason = "its time was up"
      set(list)
    case .overloaded:
      status = .overloaded
      reason = "too much work waits"
    case .failed(let why):
      status = .failed
      reason = why
    }
  }

  private mutating func set(_ list: CandidateList) {
    itemKeys = list.items.map(\.rawValue)
    scores = list.scores
  }
}
