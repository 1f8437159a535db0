import Catalogue
import Logging
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Timing

/// Asks all wanted sources at once, each within its own time.
struct RetrieveHandler: Sendable {
  let sources: CandidateSources
  let catalogue: LiveCatalogue
  let pool: ComputePool
  let logger: Logger
  /// Left of the call's deadline for the way back when a source has no budget of its own.
  let reserve: Duration
  private let metrics: SourceMetrics
  /// Answers for sources that are late; finer than the pipelines' since budgets may be short.
  private static let timer = DeadlineTimer(resolution: .microseconds(200))

  init(
    sources: CandidateSources, catalogue: LiveCatalogue, pool: ComputePool, logger: Logger,
    reserve: Duration = .milliseconds(5)
  ) {
    self.sources = sources
    self.catalogue = catalogue
    self.pool = pool
    self.logger = logger
    self.reserve = reserve
    metrics = SourceMetrics(count: sources.all.count)
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
    let tasks = turns(request).map { places in
      Task.immediate(executorPreference: TransportExecution.executor) {
        await ask(request, places, ends, start, race)
      }
    }
    let alarms = Self.setAlarms(request.wanted, ends, start, race)
    let answers = await withTaskCancellationHandler {
      await race.answers()
    } onCancel: {
      for task in tasks { task.cancel() }
    }
    for alarm in alarms { Self.timer.cancel(alarm) }
    for task in tasks { task.cancel() }
    try Task.checkCancellation()
    if !answers.isEmpty, answers.allSatisfy({ $0.reply.outcome == .overloaded }) {
      throw RPCError.resourceExhausted(
        "Too much work waits on this server.", retryAfter: .milliseconds(50))
    }
    return response(request, answers)
  }

  /// Places of the sources by the thread that asks them: the cheap ones one after the other, all others at once.
  private func turns(_ request: CheckedRetrieveRequest) -> [[Int]] {
    var (cheap, turns) = ([Int](), [[Int]]())
    for place in request.wanted.indices {
      if request.wanted[place].source.isCheap { cheap.append(place) } else { turns.append([place]) }
    }
    if !cheap.isEmpty { turns.insert(cheap, at: 0) }
    return turns
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

  /// Has each source answered for whose time is up before it came back. Sources whose time ends together share an
  /// alarm.
  private static func setAlarms(
    _ wanted: [CheckedRetrieveRequest.Wanted], _ ends: [ContinuousClock.Instant?],
    _ start: ContinuousClock.Instant, _ race: RetrievalRace<Timed>
  ) -> [DeadlineTimer.Token] {
    var (alarms, places) = ([DeadlineTimer.Token](), ends.indices.filter { ends[$0] != nil })
    while let first = places.first, let end = ends[first] {
      let together = places.filter { ends[$0] == end }
      places.removeAll { ends[$0] == end }
      alarms.append(
        timer.schedule(at: end) {
          for place in together {
            race.settle(
              place,
              Timed(
                reply: SourceReply(
                  outcome: .timedOut(CandidateList()), version: wanted[place].source.version),
                took: ContinuousClock.now - start))
          }
        })
    }
    return alarms
  }

  private func response(
    _ request: CheckedRetrieveRequest, _ answers: [Timed]
  ) -> Recsys_Candidates_V1_RetrieveResponse {
    var response = Recsys_Candidates_V1_RetrieveResponse()
    response.results = zip(request.wanted, answers).map { wanted, answer in
      var result = Recsys_Candidates_V1_SourceResult(answer.reply)
      result.source = wanted.source.name
      result.tookUs = UInt32(clamping: Int64(answer.took / .microseconds(1)))
      metrics.record(wanted.place, result.source, answer.reply.outcome, answer.took)
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
